package dev.outrider.proxy.metrics;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One statistic as it was when somebody looked.
public sealed interface StatValue {
  /// The full name, as `/stats` shows it.
  String name();

  /// Whether anything ever touched it.
  boolean used();

  /// A counter or a gauge. Gauges are unsigned in print, as in Envoy.
  record Scalar(String name, StatType type, long value, boolean used) implements StatValue {}

  /// A histogram.
  ///
  /// @param interval what came between the last two flushes; null before the first one
  /// @param bounds at which it is cut where buckets are shown
  record Distribution(
      String name,
      HistogramSnapshot cumulative,
      @Nullable HistogramSnapshot interval,
      List<Double> bounds)
      implements StatValue {
    @Override
    public boolean used() {
      return cumulative.count() != 0;
    }

    /// What came in the last interval; nothing before the first one has ended.
    public HistogramSnapshot sinceLastFlush() {
      return interval == null ? HistogramSnapshot.EMPTY : interval;
    }
  }

  /// A text, such as the control plane's name.
  record Text(String name, String value) implements StatValue {
    @Override
    public boolean used() {
      return !value.isEmpty();
    }
  }
}
