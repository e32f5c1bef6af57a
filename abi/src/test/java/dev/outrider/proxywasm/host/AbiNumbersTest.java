package dev.outrider.proxywasm.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The numbers by which guests name things, as the ABI has them; apart from the enums on purpose.
class AbiNumbersTest {
  @Test
  void statusesOfHostFunctions() {
    assertThat(numbered(WasmResult.values(), WasmResult::code))
        .isEqualTo(
            "OK 0, NOT_FOUND 1, BAD_ARGUMENT 2, SERIALIZATION_FAILURE 3, PARSE_FAILURE 4,"
                + " INVALID_MEMORY_ACCESS 6, EMPTY 7, CAS_MISMATCH 8, INTERNAL_FAILURE 10,"
                + " UNIMPLEMENTED 12");
  }

  @Test
  void levelsOfTheLog() {
    assertThat(numbered(LogLevel.values(), LogLevel::code))
        .isEqualTo("TRACE 0, DEBUG 1, INFO 2, WARN 3, ERROR 4, CRITICAL 5");
    assertThat(known(LogLevel::of)).isEqualTo(List.of(LogLevel.values()));
  }

  @Test
  void buffers() {
    assertThat(numbered(BufferKind.values(), BufferKind::code))
        .isEqualTo(
            "REQUEST_BODY 0, RESPONSE_BODY 1, DOWNSTREAM_DATA 2, UPSTREAM_DATA 3,"
                + " HTTP_CALL_RESPONSE_BODY 4, GRPC_CALL_MESSAGE 5, VM_CONFIGURATION 6,"
                + " PLUGIN_CONFIGURATION 7, CALL_DATA 8");
    assertThat(known(BufferKind::of)).isEqualTo(List.of(BufferKind.values()));
  }

  @Test
  void maps() {
    assertThat(numbered(HeaderMapKind.values(), HeaderMapKind::code))
        .isEqualTo(
            "REQUEST_HEADERS 0, REQUEST_TRAILERS 1, RESPONSE_HEADERS 2, RESPONSE_TRAILERS 3,"
                + " GRPC_CALL_INITIAL_METADATA 4, GRPC_CALL_TRAILING_METADATA 5,"
                + " HTTP_CALL_RESPONSE_HEADERS 6, HTTP_CALL_RESPONSE_TRAILERS 7");
    assertThat(known(HeaderMapKind::of)).isEqualTo(List.of(HeaderMapKind.values()));
  }

  @Test
  void directionsOfAStream() {
    assertThat(numbered(StreamKind.values(), StreamKind::code))
        .isEqualTo("REQUEST 0, RESPONSE 1, DOWNSTREAM 2, UPSTREAM 3");
    assertThat(known(StreamKind::of)).isEqualTo(List.of(StreamKind.values()));
  }

  @Test
  void whoEndedAConnection() {
    assertThat(numbered(PeerType.values(), PeerType::code))
        .isEqualTo("UNKNOWN 0, LOCAL 1, REMOTE 2");
  }

  @Test
  void metrics() {
    assertThat(numbered(MetricKind.values(), MetricKind::code))
        .isEqualTo("COUNTER 0, GAUGE 1, HISTOGRAM 2");
    assertThat(known(MetricKind::of)).isEqualTo(List.of(MetricKind.values()));
  }

  @Test
  void answersToAHead() {
    assertThat(answers(code -> FilterHeadersStatus.of(code, false)))
        .isEqualTo(
            "0 CONTINUE, 1 STOP_ALL_ITERATION_AND_WATERMARK, 2 CONTINUE,"
                + " 3 STOP_ALL_ITERATION_AND_BUFFER, 4 STOP_ALL_ITERATION_AND_WATERMARK,"
                + " 5 STOP_ALL_ITERATION_AND_WATERMARK");
    assertThat(FilterHeadersStatus.of(1, true)).isEqualTo(FilterHeadersStatus.STOP_ITERATION);
    assertThat(FilterHeadersStatus.of(-1, true))
        .isEqualTo(FilterHeadersStatus.STOP_ALL_ITERATION_AND_WATERMARK);
  }

  @Test
  void answersToABody() {
    assertThat(answers(FilterDataStatus::of))
        .isEqualTo(
            "0 CONTINUE, 1 STOP_ITERATION_AND_BUFFER, 2 STOP_ITERATION_AND_WATERMARK,"
                + " 3 STOP_ITERATION_NO_BUFFER, 4 STOP_ITERATION_NO_BUFFER,"
                + " 5 STOP_ITERATION_NO_BUFFER");
  }

  @Test
  void answersToTrailersAndToBytesOfAConnection() {
    var stop = "0 CONTINUE, 1 STOP_ITERATION, 2 STOP_ITERATION, 3 STOP_ITERATION,";
    assertThat(answers(FilterTrailersStatus::of)).startsWith(stop);
    assertThat(answers(FilterStatus::of)).startsWith(stop);
  }

  private static <E extends Enum<E>> String numbered(E[] all, ToIntFunction<E> code) {
    return Arrays.stream(all)
        .map(each -> each.name() + " " + code.applyAsInt(each))
        .collect(Collectors.joining(", "));
  }

  /// What the numbers from -2 to 20 mean, where they mean anything.
  private static <E> List<E> known(IntFunction<E> of) {
    return IntStream.range(-2, 20).mapToObj(of).filter(each -> each != null).toList();
  }

  private static String answers(IntFunction<?> of) {
    return IntStream.range(0, 6)
        .mapToObj(code -> code + " " + of.apply(code))
        .collect(Collectors.joining(", "));
  }
}
