package dev.outrider.proxy.statsinks;

import dev.outrider.proxy.config.StatsFlushing.Histograms;
import dev.outrider.proxy.config.StatsFlushing.MetricsService;
import dev.outrider.proxy.metrics.StatType;
import dev.outrider.proxy.metrics.StatValue;
import dev.outrider.proxy.metrics.StatsRules;
import dev.outrider.proxy.metrics.TaggedName;
import io.prometheus.client.Metrics.Bucket;
import io.prometheus.client.Metrics.Counter;
import io.prometheus.client.Metrics.Gauge;
import io.prometheus.client.Metrics.Histogram;
import io.prometheus.client.Metrics.LabelPair;
import io.prometheus.client.Metrics.Metric;
import io.prometheus.client.Metrics.MetricFamily;
import io.prometheus.client.Metrics.MetricType;
import io.prometheus.client.Metrics.Quantile;
import io.prometheus.client.Metrics.Summary;
import java.util.ArrayList;
import java.util.List;

/// Statistics in the form of Prometheus' messages, as Envoy's metrics service has them: a family
/// for each statistic, counters before gauges before histograms; of histograms the last interval.
final class MetricFamilies {
  /// What Envoy tells of each.
  private static final double[] QUANTILES = {0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1};

  private final long nowMillis;
  private final MetricsService config;
  private final StatsRules rules;
  private final List<MetricFamily> families = new ArrayList<>();

  MetricFamilies(long nowMillis, MetricsService config, StatsRules rules) {
    this.nowMillis = nowMillis;
    this.config = config;
    this.rules = rules;
  }

  List<MetricFamily> all() {
    return families;
  }

  void addScalars(List<StatValue.Scalar> values) {
    for (var value : values) {
      if (value.type() == StatType.COUNTER) {
        var counter = Counter.newBuilder().setValue(unsigned(value.value()));
        add(value.name(), MetricType.COUNTER, Metric.newBuilder().setCounter(counter));
      }
    }
    for (var value : values) {
      if (value.type() == StatType.GAUGE) {
        var gauge = Gauge.newBuilder().setValue(unsigned(value.value()));
        add(value.name(), MetricType.GAUGE, Metric.newBuilder().setGauge(gauge));
      }
    }
  }

  void addHistograms(List<StatValue.Distribution> values) {
    for (var value : values) {
      if (config.histograms() != Histograms.HISTOGRAM) {
        add(value.name(), MetricType.SUMMARY, Metric.newBuilder().setSummary(summary(value)));
      }
      if (config.histograms() != Histograms.SUMMARY) {
        add(value.name(), MetricType.HISTOGRAM, Metric.newBuilder().setHistogram(buckets(value)));
      }
    }
  }

  private void add(String name, MetricType type, Metric.Builder metric) {
    metric.setTimestampMs(nowMillis);
    var shown = name;
    if (config.tagsAsLabels()) {
      var tagged = TaggedName.of(name, rules);
      shown = tagged.name();
      for (var tag : tagged.tags()) {
        metric.addLabel(LabelPair.newBuilder().setName(tag.name()).setValue(tag.value()));
      }
    }
    families.add(MetricFamily.newBuilder().setName(shown).setType(type).addMetric(metric).build());
  }

  private static Summary summary(StatValue.Distribution value) {
    var last = value.sinceLastFlush();
    var summary = Summary.newBuilder().setSampleCount(last.count()).setSampleSum(last.sum());
    for (var quantile : QUANTILES) {
      summary.addQuantile(
          Quantile.newBuilder().setQuantile(quantile).setValue(last.quantile(quantile * 100)));
    }
    return summary.build();
  }

  private static Histogram buckets(StatValue.Distribution value) {
    var last = value.sinceLastFlush();
    var histogram = Histogram.newBuilder().setSampleCount(last.count()).setSampleSum(last.sum());
    for (var bound : value.bounds()) {
      histogram.addBucket(
          Bucket.newBuilder().setUpperBound(bound).setCumulativeCount(last.countUpTo(bound)));
    }
    return histogram.build();
  }

  /// Statistics are unsigned, as in Envoy.
  private static double unsigned(long value) {
    return value >= 0 ? value : (value >>> 1) * 2.0;
  }
}
