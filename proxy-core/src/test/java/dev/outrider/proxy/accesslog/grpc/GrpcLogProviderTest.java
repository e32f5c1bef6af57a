package dev.outrider.proxy.accesslog.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.outrider.proxy.attributes.Streams;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.FakeGrpcWorker;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatValue;
import dev.outrider.proxy.stream.AccessLogType;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.stream.ResponseFlag;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.xds.Yaml;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.config.core.v3.RequestMethod;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPAccessLogEntry;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPAccessLogEntry.HTTPVersion;
import io.envoyproxy.envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig;
import io.envoyproxy.envoy.extensions.access_loggers.grpc.v3.TcpGrpcAccessLogConfig;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrpcLogProviderTest {
  private static final String SERVICE =
      "log_name: l, grpc_service: {envoy_grpc: {cluster_name: als";

  private final FakeGrpcWorker worker = new FakeGrpcWorker();
  private final MetricRegistry registry = new MetricRegistry(1);
  private final LogLoops loops = new LogLoops(registry);
  private final GrpcLogProvider provider =
      new GrpcLogProvider(loops, Node.newBuilder().setId("me").build().toByteArray());

  private Parsed<AccessLogger> parse(Descriptor type, String yaml) {
    loops.serve(worker);
    var config =
        Any.newBuilder()
            .setTypeUrl("type.googleapis.com/" + type.getFullName())
            .setValue(ByteString.copyFrom(Yaml.bytes(type.getFullName(), yaml)))
            .build();
    return provider
        .parse(config, new ParseContext("listener 'l'", "f", "als"))
        .toCompletableFuture()
        .join();
  }

  private AccessLogger logger(Descriptor type, String yaml) {
    return switch (parse(type, yaml)) {
      case Parsed.Valid<AccessLogger>(var logger) -> logger.onLoop(worker.loop);
      case Parsed.Invalid<AccessLogger>(var problems) -> throw new AssertionError(problems);
    };
  }

  private Parsed<AccessLogger> parsedHttp(String common) {
    return parse(
        HttpGrpcAccessLogConfig.getDescriptor(),
        "{common_config: {" + SERVICE + "}}" + common + "}}");
  }

  private AccessLogger http(String common) {
    return logger(
        HttpGrpcAccessLogConfig.getDescriptor(),
        "{common_config: {" + SERVICE + "}}" + common + "}}");
  }

  private long counted(String name) {
    return registry.snapshot().stream()
        .filter(value -> value.name().equals("access_logs.grpc_access_log." + name))
        .map(value -> ((StatValue.Scalar) value).value())
        .findFirst()
        .orElseThrow();
  }

  private List<StreamAccessLogsMessage> messages() {
    return worker.messages.stream().map(GrpcLogProviderTest::message).toList();
  }

  private static StreamAccessLogsMessage message(byte[] bytes) {
    try {
      return StreamAccessLogsMessage.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static StreamInfo exchange() {
    var info = Streams.proxied();
    info.logType(AccessLogType.DOWNSTREAM_END);
    return info;
  }

  @Test
  void gathersEntriesUntilTheOldestHasWaitedLongEnough() {
    var log = http("");
    log.log(exchange());
    log.log(exchange());
    worker.loop.advance(Duration.ofMillis(990));
    assertThat(worker.messages).isEmpty();

    worker.loop.advance(Duration.ofMillis(20));

    assertThat(worker.calls)
        .containsExactly("als envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs -");
    var message = messages().getFirst();
    assertThat(message.getIdentifier().getLogName()).isEqualTo("l");
    assertThat(message.getIdentifier().getNode().getId()).isEqualTo("me");
    assertThat(message.getHttpLogs().getLogEntryCount()).isEqualTo(2);
    assertThat(counted("logs_written")).isEqualTo(2);
    assertThat(counted("grpc_entries_flushed")).isEqualTo(2);
  }

  @Test
  void introducesItselfOncePerCall() {
    var log = http(", buffer_flush_interval: 0.1s");
    for (var i = 0; i < 3; i++) {
      log.log(exchange());
      worker.loop.advance(Duration.ofMillis(110));
      if (i == 1) {
        worker.fail();
      }
    }

    assertThat(messages())
        .extracting(message -> message.hasIdentifier())
        .containsExactly(true, false, true);
    assertThat(worker.calls).hasSize(2);
  }

  @Test
  void sendsWhenTheBufferIsFullAndAtOnceWithoutOne() {
    var full = http(", buffer_size_bytes: 500");
    full.log(exchange());
    assertThat(worker.messages).isEmpty();
    full.log(exchange());
    assertThat(worker.messages).hasSize(1);

    http(", buffer_size_bytes: 0").log(exchange());

    assertThat(worker.messages).hasSize(2);
  }

  @Test
  void dropsAndCountsWhatAServiceThatIsAwayLeavesNoRoomFor() {
    worker.absent = true;
    var log = http(", buffer_size_bytes: 500");
    for (var i = 0; i < 5; i++) {
      log.log(exchange());
    }
    assertThat(counted("logs_written")).isEqualTo(2);
    assertThat(counted("logs_dropped")).isEqualTo(3);
    assertThat(counted("grpc_entries_flush_failed")).isEqualTo(8); // two, at each of four attempts
    assertThat(counted("grpc_entries_flushed")).isZero();

    worker.absent = false;
    worker.loop.advance(Duration.ofMillis(1_010));

    assertThat(messages().getFirst().getHttpLogs().getLogEntryCount()).isEqualTo(2);
  }

  @Test
  void waitsWhileTheConnectionTakesNothing() {
    var log = http(", buffer_size_bytes: 0");
    log.log(exchange());
    worker.stall(100_000);
    log.log(exchange());
    assertThat(worker.messages).hasSize(1);

    worker.stall(-100_000);
    worker.loop.advance(Duration.ofMillis(1_010));

    assertThat(worker.messages).hasSize(2);
  }

  @Test
  void sendsTheRestAndEndsWithItsLastChain() {
    var first = http("");
    first.log(exchange());

    first.leave();

    assertThat(worker.messages).hasSize(1);
    assertThat(worker.ended).isTrue();
    assertThat(worker.loop.armedTimers()).isZero();
  }

  @Test
  void dropsAndCountsWhatItCannotSendWithItsLastChain() {
    worker.absent = true;
    var log = http("");
    log.log(exchange());
    log.log(exchange());

    log.leave();

    assertThat(worker.loop.armedTimers()).isZero();
    assertThat(counted("logs_dropped")).isEqualTo(2);
    worker.absent = false;
    log.log(exchange());
    worker.loop.advance(Duration.ofSeconds(10));
    assertThat(worker.messages).isEmpty();
    assertThat(counted("logs_dropped")).isEqualTo(3);
  }

  @Test
  void opensNoCallOnceItHasEndedTheLastOneOfASlowService() {
    var log = http(", buffer_size_bytes: 0");
    log.log(exchange());
    worker.stall(100_000);
    log.log(exchange());

    log.leave();
    worker.loop.advance(Duration.ofSeconds(10));

    assertThat(worker.ended).isTrue();
    assertThat(worker.calls).hasSize(1);
    assertThat(counted("logs_dropped")).isEqualTo(1);
  }

  @Test
  void theSameConfigurationReadAnewIsNoChange() {
    assertThat(parsedHttp("")).isEqualTo(parsedHttp("")).hasSameHashCodeAs(parsedHttp(""));
    assertThat(parsedHttp("")).isNotEqualTo(parsedHttp(", buffer_size_bytes: 1"));
  }

  @Test
  void logsOfTheSameConfigurationShareACallUntilTheLastHasLeft() {
    var first = http(", buffer_size_bytes: 0");
    var second =
        logger(
            HttpGrpcAccessLogConfig.getDescriptor(),
            "{common_config: {"
                + SERVICE
                + "}}, buffer_size_bytes: 0}, additional_request_headers_to_log: [a]}");
    first.log(exchange());
    second.log(exchange());
    assertThat(worker.calls).hasSize(1);

    first.leave();
    assertThat(worker.ended).isFalse();
    second.log(exchange());
    second.leave();

    assertThat(worker.messages).hasSize(3);
    assertThat(worker.calls).hasSize(1);
    assertThat(worker.ended).isTrue();
  }

  private HTTPAccessLogEntry entry(String more, StreamInfo info) {
    logger(
            HttpGrpcAccessLogConfig.getDescriptor(),
            "{common_config: {"
                + SERVICE
                + ", authority: a.test}}, buffer_size_bytes: 0}"
                + more
                + "}")
        .log(info);
    return messages().getFirst().getHttpLogs().getLogEntry(0);
  }

  @Test
  void tellsWhatIsKnownOfARequest() {
    var info = exchange();
    info.flags().raise(ResponseFlag.UPSTREAM_RETRY_LIMIT_EXCEEDED);
    info.responseTrailers(Streams.head(HeadKind.TRAILERS, "grpc-status", "0"));
    info.sizes().downstream().received(32, 8);

    var entry =
        entry(
            ", additional_request_headers_to_log: [x-request-id, x-none],"
                + " additional_response_headers_to_log: [x-envoy-upstream-service-time],"
                + " additional_response_trailers_to_log: [grpc-status]",
            info);

    assertThat(worker.calls.getFirst()).endsWith(" a.test");
    assertThat(entry.getProtocolVersion()).isEqualTo(HTTPVersion.HTTP11);
    var request = entry.getRequest();
    assertThat(request.getRequestMethod()).isEqualTo(RequestMethod.GET);
    assertThat(request.getPath()).isEqualTo("/a/x?q=1");
    assertThat(request.getAuthority()).isEqualTo("example.test");
    assertThat(request.getRequestHeadersMap()).containsOnlyKeys("x-request-id");
    assertThat(request.getDownstreamHeaderBytesReceived()).isEqualTo(8);
    var response = entry.getResponse();
    assertThat(response.getResponseCode().getValue()).isEqualTo(200);
    assertThat(response.getResponseBodyBytes()).isEqualTo(176);
    assertThat(response.getResponseCodeDetails()).isEqualTo("via_upstream");
    assertThat(response.getResponseHeadersMap())
        .containsEntry("x-envoy-upstream-service-time", "0");
    assertThat(response.getResponseTrailersMap()).containsEntry("grpc-status", "0");
    var common = entry.getCommonProperties();
    assertThat(common.getDownstreamRemoteAddress().getSocketAddress().getPortValue())
        .isEqualTo(55_123);
    assertThat(common.getUpstreamRemoteAddress().getSocketAddress().getPortValue())
        .isEqualTo(20_610);
    assertThat(common.getUpstreamCluster()).isEqualTo("service_a");
    assertThat(Durations.toNanos(common.getTimeToFirstUpstreamTxByte())).isEqualTo(2_000_000);
    assertThat(Durations.toNanos(common.getDuration())).isEqualTo(6_400_000);
    assertThat(Timestamps.toMicros(common.getStartTime())).isEqualTo(Streams.START_MICROS);
    assertThat(common.getResponseFlags().getUpstreamRetryLimitExceeded()).isTrue();
    assertThat(common.getStreamId()).startsWith("454900df");
    assertThat(common.getAccessLogType().name()).isEqualTo("DownstreamEnd");
  }

  @Test
  void tellsOfConnectionsWithTheOtherConfiguration() {
    var log =
        logger(
            TcpGrpcAccessLogConfig.getDescriptor(),
            "{common_config: {" + SERVICE + "}}, buffer_size_bytes: 0}}");
    var info = Streams.begun();
    info.sizes().addRequestBody(3);

    log.log(info);

    var message = messages().getFirst();
    assertThat(message.getTcpLogs().getLogEntry(0).getConnectionProperties().getReceivedBytes())
        .isEqualTo(3);
    assertThat(message.hasHttpLogs()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "grpc_service: {google_grpc: {target_uri: x, stat_prefix: p}} | common_config.grpc_service:"
            + " google_grpc is not supported; define a cluster and name it in envoy_grpc",
        "filter_state_objects_to_log: [a] | common_config.filter_state_objects_to_log: is not"
            + " supported",
        "grpc_stream_retry_policy: {} | common_config.grpc_stream_retry_policy: is not supported",
        "custom_tags: [{tag: a}] | common_config.custom_tags: is not supported",
        "grpc_service: {envoy_grpc: {cluster_name: a}, retry_policy: {}} |"
            + " common_config.grpc_service.retry_policy: is not supported",
        "grpc_service: {envoy_grpc: {cluster_name: a}, initial_metadata: [{key: 'a b'}, {key: c,"
            + " value: '%X%'}]} | common_config.grpc_service.initial_metadata[1].value: operators"
            + " are not supported",
      })
  void refusesWhatItDoesNotDo(String config, String problem) {
    var parsed =
        parse(
            HttpGrpcAccessLogConfig.getDescriptor(),
            "{common_config: {log_name: l, " + config + "}}");

    assertThat(parsed.problems())
        .extracting(each -> each.field() + ": " + each.message())
        .contains("f." + problem);
  }
}
