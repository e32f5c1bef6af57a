package dev.outrider.proxy.statsinks;

import dev.outrider.proxy.config.StatsFlushing.OtlpShape;
import dev.outrider.proxy.metrics.StatType;
import dev.outrider.proxy.metrics.StatValue;
import dev.outrider.proxy.metrics.StatsRules;
import dev.outrider.proxy.metrics.TaggedName;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Histogram;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.opentelemetry.proto.resource.v1.Resource;
import java.util.ArrayList;
import java.util.List;

/// Statistics in the form of OpenTelemetry's metrics, as Envoy's sink has them: a metric with one
/// point for each statistic, gauges before counters before histograms. What did not move is left
/// out where only changes are told.
final class OtlpMetrics {
  private final OtlpShape shape;
  private final StatsRules rules;
  private final Times times;
  private final List<Metric> metrics = new ArrayList<>();

  OtlpMetrics(OtlpShape shape, StatsRules rules, Times times) {
    this.shape = shape;
    this.rules = rules;
    this.times = times;
  }

  /// In nanoseconds since 1970.
  ///
  /// @param last the end of the interval before
  record Times(long start, long last, long now) {
    long since(boolean delta) {
      return delta ? last : start;
    }
  }

  /// What says who counts. The keys are Envoy's.
  static Resource resource(String version) {
    return Resource.newBuilder()
        .addAttributes(attribute("telemetry.sdk.name", "outrider"))
        .addAttributes(attribute("telemetry.sdk.language", "java"))
        .addAttributes(attribute("telemetry.sdk.version", version))
        .build();
  }

  List<Metric> all() {
    return metrics;
  }

  void addGauges(List<StatValue.Scalar> values) {
    for (var value : values) {
      if (value.type() == StatType.GAUGE) {
        var named = named(value.name());
        var point = NumberDataPoint.newBuilder().setTimeUnixNano(times.now);
        point.setAsInt(value.value()).addAllAttributes(named.attributes);
        add(named, Metric.newBuilder().setGauge(Gauge.newBuilder().addDataPoints(point)));
      }
    }
  }

  void addCounters(List<StatValue.Scalar> values) {
    var delta = shape.countersAsDeltas();
    for (var value : values) {
      if (value.type() == StatType.COUNTER && !(delta && value.value() == 0)) {
        var named = named(value.name());
        var point =
            NumberDataPoint.newBuilder()
                .setStartTimeUnixNano(times.since(delta))
                .setTimeUnixNano(times.now)
                .setAsInt(value.value())
                .addAllAttributes(named.attributes);
        var sum = Sum.newBuilder().setIsMonotonic(true).addDataPoints(point);
        add(named, Metric.newBuilder().setSum(sum.setAggregationTemporality(temporality(delta))));
      }
    }
  }

  void addHistograms(List<StatValue.Distribution> values) {
    var delta = shape.histogramsAsDeltas();
    for (var value : values) {
      var told = delta ? value.sinceLastFlush() : value.cumulative();
      if (delta && told.count() == 0) {
        continue;
      }
      var named = named(value.name());
      var point =
          HistogramDataPoint.newBuilder()
              .setStartTimeUnixNano(times.since(delta))
              .setTimeUnixNano(times.now)
              .setCount(told.count())
              .setSum(told.sum())
              .addAllAttributes(named.attributes);
      var before = 0L;
      for (var bound : value.bounds()) {
        var upTo = told.countUpTo(bound);
        point.addExplicitBounds(bound).addBucketCounts(upTo - before);
        before = upTo;
      }
      point.addBucketCounts(told.count() - before); // beyond the last bound
      add(
          named,
          Metric.newBuilder()
              .setHistogram(
                  Histogram.newBuilder()
                      .addDataPoints(point)
                      .setAggregationTemporality(temporality(delta))));
    }
  }

  private void add(Named named, Metric.Builder metric) {
    metrics.add(metric.setName(shape.prefix() + named.name).build());
  }

  private Named named(String name) {
    if (!shape.tagsAsAttributes() && !shape.namesWithoutTags()) {
      return new Named(name, List.of());
    }
    var tagged = TaggedName.of(name, rules);
    return new Named(
        shape.namesWithoutTags() ? tagged.name() : name,
        shape.tagsAsAttributes()
            ? tagged.tags().stream().map(tag -> attribute(tag.name(), tag.value())).toList()
            : List.of());
  }

  private record Named(String name, List<KeyValue> attributes) {}

  private static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  private static AggregationTemporality temporality(boolean delta) {
    return delta
        ? AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
        : AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE;
  }
}
