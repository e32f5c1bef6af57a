package dev.outrider.proxy.accesslog.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.accesslog.grpc.LogLoops;
import dev.outrider.proxy.attributes.Streams;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.FakeGrpcWorker;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatValue;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.xds.Yaml;
import dev.outrider.proxy.xds.core.LineFormatParser;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsPartialSuccess;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OtlpLogProviderTest {
  private static final byte[] NODE =
      Node.newBuilder()
          .setId("me")
          .setCluster("mine")
          .setLocality(Locality.newBuilder().setZone("z"))
          .build()
          .toByteArray();

  private final FakeGrpcWorker worker = new FakeGrpcWorker();
  private final MetricRegistry registry = new MetricRegistry(1);
  private final LogLoops loops = new LogLoops(registry);
  private final OtlpLogProvider provider =
      new OtlpLogProvider(
          loops,
          (formatters, context, problems) ->
              LineFormatParser.environment(
                  formatters, new Scope(context.resource(), context.field(), problems)),
          NODE);

  OtlpLogProviderTest() {
    loops.serve(worker);
  }

  private Parsed<AccessLogger> parse(String common, String more) {
    var type = OpenTelemetryAccessLogConfig.getDescriptor().getFullName();
    var yaml =
        ("{common_config: {log_name: l, transport_api_version: V3,"
                + " grpc_service: {envoy_grpc: {cluster_name: otel}}%s}%s}")
            .formatted(common, more);
    var config =
        Any.newBuilder()
            .setTypeUrl("type.googleapis.com/" + type)
            .setValue(ByteString.copyFrom(Yaml.bytes(type, yaml)))
            .build();
    return provider
        .parse(config, new ParseContext("listener 'l'", "f", "otel"))
        .toCompletableFuture()
        .join();
  }

  private AccessLogger logger(String common, String more) {
    return switch (parse(common, more)) {
      case Parsed.Valid<AccessLogger>(var logger) -> logger.onLoop(worker.loop);
      case Parsed.Invalid<AccessLogger>(var problems) -> throw new AssertionError(problems);
    };
  }

  private List<ExportLogsServiceRequest> requests() {
    return worker.messages.stream().map(OtlpLogProviderTest::request).toList();
  }

  private static ExportLogsServiceRequest request(byte[] bytes) {
    try {
      return ExportLogsServiceRequest.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static List<LogRecord> records(ExportLogsServiceRequest request) {
    return request.getResourceLogs(0).getScopeLogs(0).getLogRecordsList();
  }

  private long counted(String name) {
    return registry.snapshot().stream()
        .filter(value -> value.name().equals("access_logs.open_telemetry_access_log." + name))
        .map(value -> ((StatValue.Scalar) value).value())
        .findFirst()
        .orElseThrow();
  }

  private static byte[] rejecting(long records) {
    return ExportLogsServiceResponse.newBuilder()
        .setPartialSuccess(
            ExportLogsPartialSuccess.newBuilder()
                .setRejectedLogRecords(records)
                .setErrorMessage("no"))
        .build()
        .toByteArray();
  }

  private static String text(List<KeyValue> list, String key) {
    return list.stream()
        .filter(each -> each.getKey().equals(key))
        .map(each -> each.getValue().getStringValue())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void exportsABatchWhenTheOldestRecordHasWaitedLongEnough() {
    var log = logger("", "");
    log.log(Streams.proxied());
    log.log(Streams.proxied());
    worker.loop.advance(Duration.ofMillis(990));
    assertThat(worker.messages).isEmpty();

    worker.loop.advance(Duration.ofMillis(20));

    assertThat(worker.calls)
        .containsExactly("otel opentelemetry.proto.collector.logs.v1.LogsService/Export -");
    assertThat(worker.timeouts).containsExactly(10_000L);
    assertThat(worker.ended).isTrue();
    assertThat(records(requests().getFirst())).hasSize(2);
  }

  @Test
  void namesWhoTheRecordsComeFrom() {
    logger(
            ", buffer_size_bytes: 0",
            ", resource_attributes: {values: [{key: region, value: {string_value: '%PROTOCOL%'}}]}")
        .log(Streams.proxied());

    var resource = requests().getFirst().getResourceLogs(0).getResource();
    assertThat(resource.getAttributesList())
        .extracting(each -> each.getKey() + "=" + each.getValue().getStringValue())
        .containsExactly(
            "log_name=l", "zone_name=z", "cluster_name=mine", "node_name=me", "region=%PROTOCOL%");
  }

  @Test
  void namesNobodyWhereTheLabelsAreDisabled() {
    logger(", buffer_size_bytes: 0", ", disable_builtin_labels: true").log(Streams.proxied());

    assertThat(requests().getFirst().getResourceLogs(0).getResource().getAttributesList())
        .isEmpty();
  }

  @Test
  void formatsBodyAndAttributes() {
    logger(
            ", buffer_size_bytes: 0",
            ", body: {string_value: '%RESPONSE_CODE% [%REQ(none)%] 100%%'}, attributes: {values:"
                + " [{key: '%PROTOCOL%', value: {string_value: '%PROTOCOL%'}},{key: list, value:"
                + " {array_value: {values: [{string_value: '%RESPONSE_CODE%'}]}}},{key: map, value:"
                + " {kvlist_value: {values: [{key: a, value: {string_value: x}}]}}}]}")
        .log(Streams.proxied());

    var record = records(requests().getFirst()).getFirst();
    assertThat(record.getTimeUnixNano()).isEqualTo(Streams.START_MICROS * 1_000);
    assertThat(record.getBody().getStringValue()).isEqualTo("200 [-] 100%");
    assertThat(text(record.getAttributesList(), "%PROTOCOL%")).isEqualTo("HTTP/1.1");
    var list = record.getAttributes(1).getValue().getArrayValue();
    assertThat(list.getValues(0).getStringValue()).isEqualTo("200");
    var map = record.getAttributes(2).getValue().getKvlistValue();
    assertThat(text(map.getValuesList(), "a")).isEqualTo("x");
  }

  @Test
  void hasNoBodyUnlessOneIsConfigured() {
    logger(", buffer_size_bytes: 0", "").log(Streams.proxied());

    assertThat(records(requests().getFirst()).getFirst().hasBody()).isFalse();
  }

  @Test
  void knowsTheOperatorsOfItsFormatters() {
    var formatter =
        ", formatters: [{name: q, typed_config: {'@type':"
            + " type.googleapis.com/envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery}}]";
    logger(
            ", buffer_size_bytes: 0",
            ", body: {string_value: '%REQ_WITHOUT_QUERY(:PATH)%'}" + formatter)
        .log(Streams.proxied());

    assertThat(records(requests().getFirst()).getFirst().getBody().getStringValue())
        .isEqualTo("/a/x");
  }

  @Test
  void countsRecordsAsWrittenOnceTheServiceHasTakenThem() {
    var log = logger(", buffer_size_bytes: 0", "");
    log.log(Streams.proxied());
    assertThat(counted("logs_written")).isZero();

    worker.answer(new byte[0]);

    assertThat(counted("logs_written")).isEqualTo(1);
    assertThat(counted("logs_dropped")).isZero();
  }

  @Test
  void countsWhatTheServiceRejectsAsDropped() {
    var log = logger("", ", stat_prefix: mine");
    for (var i = 0; i < 3; i++) {
      log.log(Streams.proxied());
    }
    worker.loop.advance(Duration.ofMillis(1_010));

    worker.answer(rejecting(2));

    assertThat(counted("mine.logs_written")).isEqualTo(1);
    assertThat(counted("mine.logs_dropped")).isEqualTo(2);
  }

  @Test
  void countsABatchThatFailedAsDropped() {
    var log = logger("", "");
    log.log(Streams.proxied());
    log.log(Streams.proxied());
    worker.loop.advance(Duration.ofMillis(1_010));

    worker.fail();

    assertThat(counted("logs_dropped")).isEqualTo(2);
    assertThat(counted("logs_written")).isZero();
  }

  @Test
  void countsABatchAsDroppedWhoseAnswerIsNone() {
    logger(", buffer_size_bytes: 0", "").log(Streams.proxied());

    worker.answer(new byte[] {(byte) 0xff});

    assertThat(counted("logs_dropped")).isEqualTo(1);
  }

  @Test
  void dropsAndCountsWhatAMissingClusterLeavesNoRoomFor() {
    worker.absent = true;
    var log = logger(", buffer_size_bytes: 20", "");
    for (var i = 0; i < 5; i++) {
      log.log(Streams.proxied());
    }
    var dropped = counted("logs_dropped");
    assertThat(dropped).isBetween(1L, 4L);

    worker.absent = false;
    worker.loop.advance(Duration.ofMillis(1_010));

    assertThat(records(requests().getFirst())).hasSize((int) (5 - dropped));
  }

  @Test
  void makesNoMoreCallsThanAServiceThatNeverAnswersMayHold() {
    var log = logger(", buffer_size_bytes: 0", "");

    for (var i = 0; i < 100; i++) {
      log.log(Streams.proxied());
    }

    assertThat(worker.calls).hasSize(32);
    assertThat(counted("logs_dropped")).isEqualTo(100 - 32 - 1); // one waits
    worker.answer(new byte[0]);
    worker.loop.advance(Duration.ofMillis(1_010));
    assertThat(worker.calls).hasSize(33);
  }

  @Test
  void waitsWhileTheConnectionTakesNothing() {
    var log = logger(", buffer_size_bytes: 0", "");
    log.log(Streams.proxied());
    worker.stall(100_000);
    log.log(Streams.proxied());
    assertThat(worker.messages).hasSize(1);

    worker.stall(-100_000);
    worker.loop.advance(Duration.ofMillis(1_010));

    assertThat(worker.messages).hasSize(2);
  }

  @Test
  void sendsTheRestWithItsLastChainAndCountsItsAnswer() {
    var log = logger("", "");
    log.log(Streams.proxied());

    log.leave();
    worker.answer(new byte[0]);

    assertThat(worker.messages).hasSize(1);
    assertThat(counted("logs_written")).isEqualTo(1);
    assertThat(worker.loop.armedTimers()).isZero();
  }

  @Test
  void dropsAndCountsWhatItCannotSendWithItsLastChain() {
    worker.absent = true;
    var log = logger("", "");
    log.log(Streams.proxied());

    log.leave();

    assertThat(counted("logs_dropped")).isEqualTo(1);
    assertThat(worker.loop.armedTimers()).isZero();
  }

  @Test
  void givesACallTheTimeoutOfItsService() {
    var type = OpenTelemetryAccessLogConfig.getDescriptor().getFullName();
    var yaml =
        "{common_config: {log_name: l, buffer_size_bytes: 0, grpc_service: {timeout: 0.25s,"
            + " envoy_grpc: {cluster_name: otel, authority: a.test}}}}";
    var config =
        Any.newBuilder()
            .setTypeUrl("type.googleapis.com/" + type)
            .setValue(ByteString.copyFrom(Yaml.bytes(type, yaml)))
            .build();
    var parsed = provider.parse(config, new ParseContext("r", "f", "n")).toCompletableFuture();
    if (parsed.join() instanceof Parsed.Valid<AccessLogger>(var logger)) {
      logger.onLoop(worker.loop).log(Streams.proxied());
    }

    assertThat(worker.timeouts).containsExactly(250L);
    assertThat(worker.calls.getFirst()).endsWith(" a.test");
  }

  @Test
  void theSameConfigurationReadAnewIsNoChange() {
    assertThat(parse("", "")).isEqualTo(parse("", "")).hasSameHashCodeAs(parse("", ""));
    assertThat(parse("", "")).isNotEqualTo(parse("", ", stat_prefix: other"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | , body: {int_value: 3} | body: Only string values, nested key value lists and array"
            + " values are supported in OpenTelemetry access log format.",
        "`` | , attributes: {values: [{key: a}]} | attributes: Only string values, nested key value"
            + " lists and array values are supported in OpenTelemetry access log format.",
        "`` | , formatters: [{name: x, typed_config: {'@type':"
            + " type.googleapis.com/envoy.extensions.formatter.cel.v3.Cel}}], body: {string_value:"
            + " '%NOPE%'} | body: unknown operator %NOPE%",
        "`, filter_state_objects_to_log: [a]` | `` | common_config.filter_state_objects_to_log: is"
            + " not supported",
        "`, grpc_stream_retry_policy: {}` | `` | common_config.grpc_stream_retry_policy: is not"
            + " supported",
        "`, custom_tags: [{tag: a}]` | `` | common_config.custom_tags: is not supported",
      })
  void refusesWhatItDoesNotDo(String common, String more, String problem) {
    assertThat(parse(common, more).problems())
        .extracting(each -> each.field() + ": " + each.message())
        .contains("f." + problem);
  }
}
