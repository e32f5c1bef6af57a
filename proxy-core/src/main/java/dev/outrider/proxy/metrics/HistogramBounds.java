package dev.outrider.proxy.metrics;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A distribution cut at one of its bounds, both since the start and in the last interval.
record HistogramBounds(double bound, long interval, long cumulative) {
  static final List<Double> DEFAULT =
      List.of(
          0.5,
          1.0,
          5.0,
          10.0,
          25.0,
          50.0,
          100.0,
          250.0,
          500.0,
          1_000.0,
          2_500.0,
          5_000.0,
          10_000.0,
          30_000.0,
          60_000.0,
          300_000.0,
          600_000.0,
          1_800_000.0,
          3_600_000.0);

  /// One for each bound.
  ///
  /// @param disjoint count what lies above the bound before only
  static List<HistogramBounds> of(StatValue.Distribution distribution, boolean disjoint) {
    var bounds = new ArrayList<HistogramBounds>();
    long intervalBefore = 0;
    long cumulativeBefore = 0;
    for (double bound : distribution.bounds()) {
      long interval = upTo(bound, distribution.interval());
      long cumulative = upTo(bound, distribution.cumulative());
      bounds.add(
          new HistogramBounds(bound, interval - intervalBefore, cumulative - cumulativeBefore));
      if (disjoint) {
        intervalBefore = interval;
        cumulativeBefore = cumulative;
      }
    }
    return bounds;
  }

  private static long upTo(double bound, @Nullable HistogramSnapshot snapshot) {
    return snapshot == null ? 0 : snapshot.countUpTo(bound);
  }
}
