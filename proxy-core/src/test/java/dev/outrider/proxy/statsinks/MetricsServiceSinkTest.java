package dev.outrider.proxy.statsinks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.StatsFlushing.Histograms;
import dev.outrider.proxy.config.StatsFlushing.MetricsService;
import dev.outrider.proxy.filter.FakeGrpcWorker;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.upstream.GrpcTarget;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.metrics.v3.StreamMetricsMessage;
import io.prometheus.client.Metrics.MetricFamily;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricsServiceSinkTest {
  private static final byte[] NODE = Node.newBuilder().setId("me").build().toByteArray();
  private static final GrpcTarget TARGET = new GrpcTarget("c", "", List.of(), 10_000);

  private final FakeGrpcWorker loop = new FakeGrpcWorker();
  private final MetricRegistry registry = new MetricRegistry(1);

  private MetricsServiceSink sink(boolean deltas, boolean labels, Histograms mode) {
    return new MetricsServiceSink(
        new MetricsService(TARGET, deltas, labels, mode), loop, registry, NODE);
  }

  private StreamMetricsMessage last() {
    try {
      return StreamMetricsMessage.parseFrom(loop.messages.getLast());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private List<String> shown() {
    return last().getEnvoyMetricsList().stream().map(MetricsServiceSinkTest::shown).toList();
  }

  private static String shown(MetricFamily family) {
    var metric = family.getMetric(0);
    var value =
        switch (family.getType()) {
          case COUNTER -> "=" + metric.getCounter().getValue();
          case GAUGE -> "=" + metric.getGauge().getValue();
          case SUMMARY -> "#" + metric.getSummary().getSampleCount();
          case HISTOGRAM -> "#" + metric.getHistogram().getSampleCount();
          case UNTYPED, GAUGE_HISTOGRAM -> throw new AssertionError(family);
        };
    var labels =
        metric.getLabelList().stream()
            .map(label -> label.getName() + ":" + label.getValue())
            .toList();
    return family.getType() + " " + family.getName() + value + (labels.isEmpty() ? "" : labels);
  }

  @Test
  void tellsCountersThenGaugesThenHistogramsByTheirFullNames() {
    registry.gauge("a").set(7);
    registry.counter("cluster.up.b").add(5);
    registry.histogram("h").record(3);
    registry.flush();

    sink(false, false, Histograms.SUMMARY_AND_HISTOGRAM).flush();

    assertThat(loop.calls)
        .containsExactly("c envoy.service.metrics.v3.MetricsService/StreamMetrics -");
    assertThat(loop.timeouts).containsExactly(0L); // a call that lasts has none
    assertThat(shown())
        .containsExactly("COUNTER cluster.up.b=5.0", "GAUGE a=7.0", "SUMMARY h#1", "HISTOGRAM h#1");
    var micros = loop.loop.clock().epochMicros();
    assertThat(last().getEnvoyMetrics(0).getMetric(0).getTimestampMs()).isEqualTo(micros / 1_000);
  }

  @Test
  void introducesItselfOncePerCall() {
    registry.counter("c").add(1);
    var sink = sink(false, false, Histograms.SUMMARY);

    sink.flush();
    assertThat(last().getIdentifier().getNode().getId()).isEqualTo("me");
    sink.flush();
    assertThat(last().hasIdentifier()).isFalse();

    loop.fail();
    sink.flush();
    assertThat(last().hasIdentifier()).isTrue();
    assertThat(loop.calls).hasSize(2);
  }

  @Test
  void tellsOfCountersWhatCame() {
    registry.counter("c").add(5);
    var sink = sink(true, false, Histograms.SUMMARY);
    sink.flush();
    registry.counter("c").add(2);

    sink.flush();
    assertThat(shown()).containsExactly("COUNTER c=2.0");
    sink.flush();
    assertThat(shown()).containsExactly("COUNTER c=0.0");
  }

  @Test
  void makesTagsLabels() {
    registry.counter("cluster.up.upstream_rq_200").add(1);

    sink(false, true, Histograms.SUMMARY).flush();

    assertThat(shown())
        .containsExactly(
            "COUNTER cluster.upstream_rq=1.0[envoy.response_code:200, envoy.cluster_name:up]");
  }

  @Test
  void tellsOfHistogramsTheLastInterval() {
    registry.histogram("h").record(3);
    registry.flush();
    registry.histogram("h").record(70);
    registry.histogram("h").record(0);
    registry.flush();

    sink(false, false, Histograms.SUMMARY_AND_HISTOGRAM).flush();

    var summary = last().getEnvoyMetrics(0).getMetric(0).getSummary();
    assertThat(summary.getSampleCount()).isEqualTo(2);
    assertThat(summary.getQuantileList())
        .extracting(each -> each.getQuantile())
        .containsExactly(0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1.0);
    assertThat(summary.getQuantile(0).getValue()).isZero();
    assertThat(summary.getQuantile(9).getValue()).isBetween(70.0, 71.0);
    var buckets = last().getEnvoyMetrics(1).getMetric(0).getHistogram().getBucketList();
    assertThat(buckets)
        .filteredOn(each -> each.getUpperBound() == 50 || each.getUpperBound() == 100)
        .extracting(each -> each.getCumulativeCount())
        .containsExactly(1L, 2L);

    registry.flush();
    sink(false, false, Histograms.SUMMARY).flush();
    var empty = last().getEnvoyMetrics(0).getMetric(0).getSummary();
    assertThat(empty.getSampleCount()).isZero();
    assertThat(empty.getQuantile(5).getValue()).isNaN();
  }

  @Test
  void tellsHistogramsInOneFormIfThatIsAsked() {
    registry.histogram("h").record(3);
    registry.flush();

    sink(false, false, Histograms.SUMMARY).flush();
    assertThat(shown()).containsExactly("SUMMARY h#1");
    sink(false, false, Histograms.HISTOGRAM).flush();
    assertThat(shown()).containsExactly("HISTOGRAM h#1");
  }

  @Test
  void tellsNextTimeWhatCountersCountedWhileThereWasNoWay() {
    var sink = sink(true, false, Histograms.SUMMARY);
    registry.counter("c").add(5);
    loop.absent = true;
    sink.flush();
    loop.absent = false;
    sink.flush();
    assertThat(shown()).containsExactly("COUNTER c=5.0");

    registry.counter("c").add(1);
    loop.stall(2 << 20);
    sink.flush();
    assertThat(loop.messages).hasSize(1);

    loop.stall(-(2 << 20));
    sink.flush();
    assertThat(shown()).containsExactly("COUNTER c=1.0");
  }

  @Test
  void tellsNextTimeWhatCountersCountedWhileTheClusterHadNoEndpoint() {
    var sink = sink(true, false, Histograms.SUMMARY);
    registry.counter("c").add(5);
    loop.endpointless = true;
    sink.flush();
    loop.fail();
    loop.endpointless = false;
    registry.counter("c").add(1);

    sink.flush();

    assertThat(shown()).containsExactly("COUNTER c=6.0");
    assertThat(last().getIdentifier().getNode().getId()).isEqualTo("me");
    sink.flush();
    assertThat(shown()).containsExactly("COUNTER c=0.0");
  }

  @Test
  void aGaugeBelowZeroIsUnsignedAsInEnvoy() {
    registry.gauge("g").set(-1);

    sink(false, false, Histograms.SUMMARY).flush();

    assertThat(shown()).containsExactly("GAUGE g=1.8446744073709552E19");
  }
}
