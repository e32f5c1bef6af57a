package dev.outrider.proxy.statsinks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.StatsFlushing.OpenTelemetry;
import dev.outrider.proxy.config.StatsFlushing.OtlpShape;
import dev.outrider.proxy.filter.FakeGrpcWorker;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.upstream.GrpcTarget;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Metric;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class OtlpSinkTest {
  private static final OtlpShape STANDARD = new OtlpShape(false, false, true, true, "");
  private static final OtlpShape DELTAS = new OtlpShape(true, true, true, true, "");

  private final FakeGrpcWorker loop = new FakeGrpcWorker();
  private final MetricRegistry registry = new MetricRegistry(1);

  private OtlpSink sink(OtlpShape shape) {
    var target = new GrpcTarget("c", "", List.of(), 10_000);
    return new OtlpSink(new OpenTelemetry(target, shape), loop, registry, "1.2");
  }

  private ExportMetricsServiceRequest last() {
    try {
      return ExportMetricsServiceRequest.parseFrom(loop.messages.getLast());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private List<Metric> metrics() {
    return last().getResourceMetrics(0).getScopeMetrics(0).getMetricsList();
  }

  private List<String> attributes() {
    return metrics().getFirst().getSum().getDataPoints(0).getAttributesList().stream()
        .map(each -> each.getKey() + "=" + each.getValue().getStringValue())
        .toList();
  }

  private long nowNanos() {
    return loop.loop.clock().epochMicros() * 1_000;
  }

  @Test
  void tellsGaugesThenCountersThenHistograms() {
    registry.counter("a").add(5);
    registry.gauge("b").set(7);
    registry.histogram("h").record(3);
    var start = nowNanos();
    var sink = sink(STANDARD);
    loop.loop.advance(Duration.ofSeconds(5));

    sink.flush();

    assertThat(loop.calls)
        .containsExactly("c opentelemetry.proto.collector.metrics.v1.MetricsService/Export -");
    assertThat(loop.ended).isTrue();
    assertThat(loop.timeouts).containsExactly(10_000L);
    assertThat(metrics()).extracting(Metric::getName).containsExactly("b", "a", "h");
    var gauge = metrics().get(0).getGauge().getDataPoints(0);
    assertThat(gauge.getAsInt()).isEqualTo(7);
    assertThat(gauge.getStartTimeUnixNano()).isZero();
    assertThat(gauge.getTimeUnixNano()).isEqualTo(nowNanos());
    var sum = metrics().get(1).getSum();
    assertThat(sum.getIsMonotonic()).isTrue();
    assertThat(sum.getAggregationTemporality())
        .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
    assertThat(sum.getDataPoints(0).getAsInt()).isEqualTo(5);
    assertThat(sum.getDataPoints(0).getStartTimeUnixNano()).isEqualTo(start);
    assertThat(sum.getDataPoints(0).getTimeUnixNano()).isEqualTo(nowNanos());
  }

  @Test
  void saysWhoCounts() {
    sink(STANDARD).flush();

    assertThat(last().getResourceMetrics(0).getResource().getAttributesList())
        .extracting(each -> each.getKey() + "=" + each.getValue().getStringValue())
        .containsExactly(
            "telemetry.sdk.name=outrider",
            "telemetry.sdk.language=java",
            "telemetry.sdk.version=1.2");
  }

  @Test
  void countsValuesBetweenBoundsAndBeyondTheLast() {
    registry.histogram("h").record(3);
    registry.histogram("h").record(4);
    registry.histogram("h").record(5_000_000);
    registry.flush();

    sink(STANDARD).flush();

    var histogram = metrics().getFirst().getHistogram();
    assertThat(histogram.getAggregationTemporality())
        .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
    var point = histogram.getDataPoints(0);
    assertThat(point.getCount()).isEqualTo(3);
    assertThat(point.getSum()).isBetween(5_000_000.0, 5_100_007.0);
    assertThat(point.getExplicitBoundsList()).startsWith(0.5, 1.0, 5.0).hasSize(19);
    assertThat(point.getBucketCountsList()).startsWith(0L, 0L, 2L, 0L).endsWith(1L).hasSize(20);
  }

  @Test
  void tellsChangesAndLeavesOutWhatDidNotMove() {
    registry.counter("a").add(5);
    registry.counter("still").add(1);
    registry.histogram("h").record(3);
    registry.flush();
    var sink = sink(DELTAS);
    sink.flush();
    var before = nowNanos();
    loop.loop.advance(Duration.ofSeconds(5));
    registry.counter("a").add(2);
    registry.histogram("h").record(9);
    registry.flush();

    sink.flush();

    assertThat(metrics()).extracting(Metric::getName).containsExactly("a", "h");
    var sum = metrics().getFirst().getSum();
    assertThat(sum.getAggregationTemporality())
        .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA);
    assertThat(sum.getDataPoints(0).getAsInt()).isEqualTo(2);
    assertThat(sum.getDataPoints(0).getStartTimeUnixNano()).isEqualTo(before);
    var histogram = metrics().get(1).getHistogram();
    assertThat(histogram.getAggregationTemporality())
        .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA);
    assertThat(histogram.getDataPoints(0).getCount()).isEqualTo(1);
    registry.flush();
    sink.flush();
    assertThat(metrics()).isEmpty();
  }

  @Test
  void takesTagsOutOfNamesAndTellsThemBeside() {
    registry.counter("cluster.up.upstream_rq_200").add(1);
    sink(STANDARD).flush();
    assertThat(metrics().getFirst().getName()).isEqualTo("cluster.upstream_rq");
    assertThat(attributes()).containsExactly("envoy.response_code=200", "envoy.cluster_name=up");

    sink(new OtlpShape(false, false, true, false, "pre.")).flush();
    assertThat(metrics().getFirst().getName()).isEqualTo("pre.cluster.up.upstream_rq_200");
    assertThat(attributes()).hasSize(2);

    sink(new OtlpShape(false, false, false, true, "")).flush();
    assertThat(metrics().getFirst().getName()).isEqualTo("cluster.upstream_rq");
    assertThat(attributes()).isEmpty();

    sink(new OtlpShape(false, false, false, false, "")).flush();
    assertThat(metrics().getFirst().getName()).isEqualTo("cluster.up.upstream_rq_200");
  }

  @Test
  void tellsNextTimeWhatCountersCountedWhileThereWasNoWay() {
    var sink = sink(DELTAS);
    registry.counter("a").add(5);
    loop.absent = true;
    sink.flush();
    loop.absent = false;

    sink.flush();

    assertThat(metrics().getFirst().getSum().getDataPoints(0).getAsInt()).isEqualTo(5);
  }

  @Test
  void tellsNextTimeWhatCountersCountedWhileTheClusterHadNoEndpoint() {
    var sink = sink(DELTAS);
    var begun = nowNanos();
    registry.counter("a").add(5);
    loop.loop.advance(Duration.ofSeconds(5));
    loop.endpointless = true;
    sink.flush();
    loop.fail();
    loop.endpointless = false;
    loop.loop.advance(Duration.ofSeconds(5));

    sink.flush();

    var point = metrics().getFirst().getSum().getDataPoints(0);
    assertThat(point.getAsInt()).isEqualTo(5);
    assertThat(point.getStartTimeUnixNano()).isEqualTo(begun);
    loop.answer(new byte[0]);
    registry.counter("a").add(1);
    sink.flush();
    assertThat(metrics().getFirst().getSum().getDataPoints(0).getAsInt()).isEqualTo(1);
  }

  @Test
  void makesNoMoreCallsThanACollectorThatNeverAnswersMayHold() {
    var sink = sink(STANDARD);
    for (var i = 0; i < 20; i++) {
      sink.flush();
    }
    assertThat(loop.calls).hasSize(8);

    loop.fail();
    sink.flush();

    assertThat(loop.calls).hasSize(9);
  }

  @Test
  void leavesAnIntervalOutWhileTheConnectionTakesNothing() {
    var sink = sink(STANDARD);
    sink.flush();
    loop.stall(2 << 20);
    sink.flush();
    assertThat(loop.messages).hasSize(1);

    loop.stall(-(2 << 20));
    sink.flush();

    assertThat(loop.messages).hasSize(2);
  }
}
