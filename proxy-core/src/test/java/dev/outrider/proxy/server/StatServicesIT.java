package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.outrider.proxy.collector.Collector;
import dev.outrider.proxy.collector.Service;
import io.envoyproxy.envoy.service.metrics.v3.StreamMetricsMessage;
import io.grpc.Status;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.prometheus.client.Metrics.MetricFamily;
import java.io.IOException;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Statistics that reach a server of grpc-java through a whole proxy.
@Timeout(60)
class StatServicesIT {
  private static final String REQUESTS = "http.test.downstream_rq_2xx";
  private static final String METRICS_SERVICE = "envoy.config.metrics.v3.MetricsServiceConfig";
  private static final String OTLP = "envoy.extensions.stat_sinks.open_telemetry.v3.SinkConfig";

  private final Collector collector = Collector.start();

  @AfterEach
  void stopCollector() {
    collector.close();
  }

  private TestServer start(String flush, String type, String more) {
    return TestServer.start(
        """
        %s
        stats_sinks:
        - name: collector
          typed_config:
            "@type": type.googleapis.com/%s
            grpc_service: { envoy_grpc: { cluster_name: collector } }
            %s
        """
                .formatted(flush, type, more)
            + TestBootstrap.create()
                .http2Cluster("collector", collector.port())
                .route("{ match: { prefix: / }, direct_response: { status: 204 } }")
                .yaml(),
        1);
  }

  private static List<Metric> metrics(Message message) {
    return ((ExportMetricsServiceRequest) message)
        .getResourceMetrics(0)
        .getScopeMetrics(0)
        .getMetricsList();
  }

  private static Predicate<Message> counting(long requests) {
    return message ->
        metrics(message).stream()
            .filter(metric -> metric.getName().equals(REQUESTS))
            .anyMatch(metric -> metric.getSum().getDataPoints(0).getAsInt() == requests);
  }

  private static List<MetricFamily> families(Message message) {
    return ((StreamMetricsMessage) message).getEnvoyMetricsList();
  }

  private static Predicate<Message> familyOf(double requests) {
    return message ->
        families(message).stream()
            .filter(family -> family.getName().equals(REQUESTS))
            .anyMatch(family -> family.getMetric(0).getCounter().getValue() == requests);
  }

  @Test
  void exportsMetricsAtEveryInterval() throws Exception {
    try (var server = start("stats_flush_interval: 0.1s", OTLP, "use_tag_extracted_name: false")) {
      server.get("/");
      server.get("/");

      var message = collector.next(Service.OTLP_METRICS, counting(2)).message();
      assertThat(metrics(message)).extracting(Metric::getName).contains("server.live");
      assertThat(metrics(message))
          .anyMatch(metric -> metric.getName().equals("http.test.downstream_rq_time"));
      collector.next(Service.OTLP_METRICS, counting(2));
    }
  }

  @Test
  void goesOnWhereTheCollectorRefuses() throws Exception {
    try (var server = start("stats_flush_interval: 0.1s", OTLP, "use_tag_extracted_name: false")) {
      collector.answer(Status.UNAVAILABLE);
      server.get("/");
      collector.next(Service.OTLP_METRICS, counting(1));
      collector.answer(Status.OK);
      server.get("/");

      collector.next(Service.OTLP_METRICS, counting(2));
    }
  }

  @Test
  void streamsMetricsToAServiceOfEnvoysKind() throws Exception {
    try (var server = start("stats_flush_interval: 0.1s", METRICS_SERVICE, "")) {
      var first = collector.next(Service.METRICS);
      assertThat(first.first()).isTrue();
      assertThat(((StreamMetricsMessage) first.message()).getIdentifier().hasNode()).isTrue();
      server.get("/");

      var next = collector.next(Service.METRICS, familyOf(1));

      assertThat(next.first()).isFalse();
      assertThat(((StreamMetricsMessage) next.message()).hasIdentifier()).isFalse();
    }
  }

  @Test
  void tellsWhatCameWhenTheAdminInterfaceIsAsked() throws Exception {
    try (var server =
        start("stats_flush_on_admin: true", METRICS_SERVICE, "report_counters_as_deltas: true")) {
      server.get("/");
      server.admin("/stats");
      collector.next(Service.METRICS, familyOf(1));

      server.get("/");
      server.get("/");
      server.admin("/stats");

      collector.next(Service.METRICS, familyOf(2));
    }
  }

  @Test
  void sendsAtTheEndWhatTheLastIntervalDidNot() throws Exception {
    try (var server = start("stats_flush_on_admin: true", METRICS_SERVICE, "")) {
      server.admin("/stats");
      assertThat(collector.next(Service.METRICS).first()).isTrue();
      server.get("/");
    }

    collector.next(Service.METRICS, familyOf(1));
  }

  @Test
  void doesNotMindThatNobodyListens() throws IOException {
    collector.close();
    try (var server = start("stats_flush_interval: 0.01s", OTLP, "")) {
      for (var i = 0; i < 3; i++) {
        assertThat(server.get("/").status()).isEqualTo("HTTP/1.1 204 No Content");
      }
    }
  }
}
