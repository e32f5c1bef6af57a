package dev.outrider.proxy.attributes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.stream.FilterState;
import dev.outrider.proxy.stream.ResponseFlag;
import dev.outrider.proxy.stream.StreamInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AttributeReaderTest {
  private static final AttributeReader READER =
      new AttributeReader(new AttributeRoots("p0", "r0", "", bytes("node"), 1));

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] path(String dotted) {
    return bytes(dotted.replace('/', '\0'));
  }

  private static AttributeReader.Outcome outcome(String dotted, @Nullable StreamInfo info) {
    var path = path(dotted);
    return READER.read(path, 0, path.length, info, new ValueBuffer());
  }

  private static byte[] value(byte[] path, @Nullable StreamInfo info) {
    var out = new ValueBuffer(1);
    // Inside a bigger array, as guests give it.
    var memory = new byte[path.length + 9];
    System.arraycopy(path, 0, memory, 5, path.length);
    assertThat(READER.read(memory, 5, path.length, info, out))
        .isEqualTo(AttributeReader.Outcome.FOUND);
    return out.toBytes();
  }

  private static String text(String dotted, @Nullable StreamInfo info) {
    return new String(value(path(dotted), info), StandardCharsets.UTF_8);
  }

  private static long number(String dotted, StreamInfo info) {
    var bytes = value(path(dotted), info);
    assertThat(bytes).hasSize(8);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  @ParameterizedTest
  @CsvSource({
    "request/path,/a/x?q=1",
    "request/url_path,/a/x",
    "request/query,q=1",
    "request/host,example.test",
    "request/scheme,http",
    "request/method,GET",
    "request/id,454900df-95a2-454e-874d-7f02bc2d03bd",
    "request/protocol,HTTP/1.1",
    "request/headers/X-Request-Id,454900df-95a2-454e-874d-7f02bc2d03bd",
    "request/headers/:method,GET",
    "response/headers/:status,200",
    "response/code_details,via_upstream",
    "source/address,127.0.0.1:55123",
    "destination/address,127.0.0.1:20600",
    "upstream/address,127.0.0.1:20610",
    "upstream/local_address,127.0.0.1:40000",
    "xds/cluster_name,service_a",
    "xds/virtual_host_name,vh",
    "xds/node,node",
    "plugin_name,p0",
    "plugin_root_id,r0"
  })
  void readsTexts(String path, String expected) {
    // The path is written with slashes for NULs, and the value may hold slashes of its own.
    assertThat(text(path, Streams.proxied())).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "request/headers_bytes,104",
    "request/time,1795364167618321000",
    "request/size,0",
    "request/total_size,104",
    "request/duration,6400000",
    "response/code,200",
    "response/flags,0",
    "response/size,176",
    "response/backend_latency,3000000",
    "connection/id,42",
    "connection_id,42",
    "source/port,55123",
    "destination/port,20600",
    "upstream/port,20610",
    "upstream/request_attempt_count,1",
    "xds/listener_direction,1"
  })
  void readsNumbersAsEightBytes(String path, long expected) {
    assertThat(number(path, Streams.proxied())).isEqualTo(expected);
  }

  @Test
  void readsFlagsAsABitSet() {
    var info = Streams.begun();
    info.flags().raise(ResponseFlag.NO_ROUTE_FOUND);

    assertThat(number("response/flags", info)).isEqualTo(256);
  }

  @Test
  void takesTheDeclaredSizeOverTheCountedOne() {
    var info = Streams.begun();
    info.sizes().addRequestBody(3);
    assertThat(number("request/size", info)).isEqualTo(3);

    info.requestHead(Streams.head(HeadKind.REQUEST, "content-length", "10"));

    assertThat(number("request/size", info)).isEqualTo(10);
  }

  @Test
  void joinsTheLinesOfOneHeader() {
    var info = Streams.begun();
    info.requestHead(Streams.head(HeadKind.REQUEST, "x-a", "1", "x-b", "-", "x-a", "2"));

    assertThat(text("request/headers/x-a", info)).isEqualTo("1,2");
    assertThat(outcome("request/headers/x-none", info))
        .isEqualTo(AttributeReader.Outcome.NOT_FOUND);
  }

  @Test
  void readsAllHeadersAsPairs() {
    var info = Streams.begun();
    info.responseTrailers(Streams.head(HeadKind.TRAILERS, "a", "b", "cd", ""));

    assertThat(value(path("response/trailers"), info))
        .isEqualTo(
            new byte[] {
              2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 'a', 0, 'b', 0, 'c', 'd',
              0, 0
            });
  }

  @Test
  void takesATrailingNulAsATerminator() {
    assertThat(
            new String(value(path("request/method/"), Streams.proxied()), StandardCharsets.UTF_8))
        .isEqualTo("GET");
  }

  @ParameterizedTest
  @ValueSource(strings = {"plugin_vm_id", "connection/requested_server_name", "metadata"})
  void findsSomeValuesThatAreEmpty(String path) {
    assertThat(value(path(path), Streams.begun())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "node",
        "cluster_name",
        "route_name",
        "listener_direction",
        "upstream/address",
        "response/code",
        "response/grpc_status",
        "request/duration",
        "request/path",
        "request/nothing",
        "request/headers/x",
        "connection/tls_version",
        "metadata/filter_metadata/a",
        "filter_state/none",
        "nothing/at/all"
      })
  void findsNothingWhereThereIsNothing(String path) {
    assertThat(outcome(path, Streams.begun())).isEqualTo(AttributeReader.Outcome.NOT_FOUND);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "request", "response", "xds", "upstream", "filter_state"})
  void cannotSerialiseAGroup(String path) {
    assertThat(outcome(path, Streams.proxied()))
        .isEqualTo(AttributeReader.Outcome.NOT_SERIALIZABLE);
  }

  @Test
  void readsWhatGuestsStored() {
    var info = Streams.begun();
    info.filterState()
        .set(
            new FilterState.Entry(
                bytes("wasm.user"), bytes("alice"), false, FilterState.Span.FILTER_CHAIN));
    info.filterState()
        .set(
            new FilterState.Entry(
                bytes("wasm.a\0b"), bytes("x"), false, FilterState.Span.FILTER_CHAIN));
    info.connection()
        .state()
        .set(
            new FilterState.Entry(
                bytes("wasm.peer"), bytes("bob"), true, FilterState.Span.CONNECTION));

    assertThat(text("user", info)).isEqualTo("alice");
    assertThat(text("filter_state/wasm.user", info)).isEqualTo("alice");
    assertThat(text("peer", info)).isEqualTo("bob");
    assertThat(outcome("a/b", info)).isEqualTo(AttributeReader.Outcome.NOT_FOUND);
  }

  @Test
  void readsOnlyFixedNamesOutsideOfAStream() {
    assertThat(text("plugin_name", null)).isEqualTo("p0");
    assertThat(text("xds/node", null)).isEqualTo("node");
    assertThat(outcome("request/path", null)).isEqualTo(AttributeReader.Outcome.NOT_FOUND);
  }

  @Test
  void leavesTheBufferAloneIfNothingIsFound() {
    var out = new ValueBuffer();
    var path = path("response/code_details");

    READER.read(path, 0, path.length, Streams.begun(), out);

    assertThat(out.size()).isZero();
  }
}
