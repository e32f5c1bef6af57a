package dev.outrider.proxy.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.Message;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.prometheus.client.Metrics.MetricFamily;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What both proxies tell a collector of the same traffic: entries of access logs, records of
/// OpenTelemetry, metrics in both forms. Without an Envoy it is skipped.
@Timeout(300)
class ReportsIT {
  @TempDir static Path folder;

  private static ReportedSide envoy;
  private static ReportedSide outrider;

  @BeforeAll
  static void start() throws IOException {
    var commands = Commands.found();
    assumeTrue(commands.isPresent(), "no Envoy to compare with; .ci/prepare fetches one");
    envoy =
        ReportedSide.start(
            commands.get().envoy(), Files.createDirectories(folder.resolve("envoy")));
    outrider =
        ReportedSide.start(
            commands.get().outrider(), Files.createDirectories(folder.resolve("outrider")));
    envoy.traffic();
    outrider.traffic();
  }

  @AfterAll
  static void stop() throws IOException {
    for (var side : new ReportedSide[] {envoy, outrider}) {
      if (side != null) {
        side.close();
      }
    }
  }

  @Test
  void entriesOfRequestsAndOfConnectionsAreTheSame() throws Exception {
    same(envoy.entries(), outrider.entries());
  }

  @Test
  void recordsOfOpenTelemetryAreTheSame() throws Exception {
    same(envoy.records(), outrider.records());
  }

  @Test
  void familiesOfTheMetricsServiceHaveTheSameForm() throws Exception {
    var envoys = forms(envoy.families(), ReportsIT::familyForm);
    var ours = forms(outrider.families(), ReportsIT::familyForm);

    sameForms(envoys, ours);
  }

  @Test
  void metricsOfOpenTelemetryHaveTheSameForm() throws Exception {
    var envoys = forms(envoy.metrics(), ReportsIT::metricForm);
    var ours = forms(outrider.metrics(), ReportsIT::metricForm);

    sameForms(envoys, ours);
  }

  @Test
  void neitherComplains() throws IOException {
    assertThat(envoy.complaints()).isEmpty();
    assertThat(outrider.complaints()).isEmpty();
  }

  /// What statistics there are is compared elsewhere; here those that both tell of.
  private static void sameForms(Map<String, Set<String>> envoys, Map<String, Set<String>> ours) {
    envoys.keySet().retainAll(ours.keySet());
    ours.keySet().retainAll(envoys.keySet());
    assertThat(ours).hasSizeGreaterThan(60).isEqualTo(envoys);
  }

  private static <M> Map<String, Set<String>> forms(
      List<M> metrics, Function<M, Map.Entry<String, String>> form) {
    var forms = new TreeMap<String, Set<String>>();
    for (var metric : metrics) {
      var entry = form.apply(metric);
      forms.computeIfAbsent(entry.getKey(), _ -> new TreeSet<>()).add(entry.getValue());
    }
    return forms;
  }

  /// All but the values.
  private static Map.Entry<String, String> familyForm(MetricFamily family) {
    return Map.entry(family.getName(), family.getType() + " " + paths(family));
  }

  private static Map.Entry<String, String> metricForm(Metric metric) {
    return Map.entry(
        metric.getName(),
        metric.getDataCase()
            + " "
            + metric.getSum().getAggregationTemporality()
            + " "
            + metric.getHistogram().getAggregationTemporality()
            + " "
            + paths(metric));
  }

  private static Set<String> paths(Message message) {
    return new TreeSet<>(Flattened.of(message).keySet());
  }

  private static void same(List<Message> envoys, List<Message> ours) {
    assertThat(ours).hasSameSizeAs(envoys);
    for (var i = 0; i < ours.size(); i++) {
      var found = Flattened.of(ours.get(i));
      var expected = Flattened.of(envoys.get(i));
      assertThat(found).as("message " + i).isNotEmpty().isEqualTo(expected);
    }
  }
}
