package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.collector.Collector;
import dev.outrider.proxy.collector.Service;
import io.grpc.Status;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.logs.v1.LogRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// OpenTelemetry's log records that reach a server of grpc-java through a whole proxy.
@Timeout(60)
class OtlpLogIT {
  private static final String STATS = "access_logs.open_telemetry_access_log.front.";

  private final Collector collector = Collector.start();

  @AfterEach
  void stopCollector() {
    collector.close();
  }

  private TestServer start() {
    return TestServer.start(
        TestBootstrap.create()
            .http2Cluster("otel", collector.port())
            .route("{ match: { prefix: / }, direct_response: { status: 204 } }")
            .accessLog(
                "[{ name: otel, typed_config: { \"@type\":"
                    + " type.googleapis.com/envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig,"
                    + " common_config: { log_name: l, buffer_flush_interval: 0.02s, grpc_service: {"
                    + " envoy_grpc: { cluster_name: otel } } }, stat_prefix: front, body: {"
                    + " string_value: \"%REQ(:PATH)% %RESPONSE_CODE%\" } } }]")
            .yaml(),
        1);
  }

  private List<LogRecord> next() throws InterruptedException {
    var request = (ExportLogsServiceRequest) collector.next(Service.OTLP_LOGS).message();
    return request.getResourceLogs(0).getScopeLogs(0).getLogRecordsList();
  }

  /// The counters of a worker's call follow its answer.
  private static void awaitCounted(TestServer server, String name, long value) throws IOException {
    while (server.stat(STATS + name) < value) {
      Thread.onSpinWait();
    }
    assertThat(server.stat(STATS + name)).isEqualTo(value);
  }

  @Test
  void exportsEveryRequestOnce() throws Exception {
    try (var server = start()) {
      server.get("/0");
      server.get("/1");
      server.get("/2");

      var records = new ArrayList<LogRecord>();
      while (records.size() < 3) {
        records.addAll(next());
      }

      assertThat(records)
          .extracting(each -> each.getBody().getStringValue())
          .containsExactly("/0 204", "/1 204", "/2 204");
      awaitCounted(server, "logs_written", 3);
      assertThat(server.stat(STATS + "logs_dropped")).isZero();
    }
  }

  @Test
  void countsWhatTheServiceRefusesAndGoesOn() throws Exception {
    try (var server = start()) {
      collector.answer(Status.UNAVAILABLE);
      server.get("/refused");
      next();
      awaitCounted(server, "logs_dropped", 1);
      collector.answer(Status.OK);

      server.get("/taken");

      assertThat(next().getFirst().getBody().getStringValue()).isEqualTo("/taken 204");
      awaitCounted(server, "logs_written", 1);
    }
  }
}
