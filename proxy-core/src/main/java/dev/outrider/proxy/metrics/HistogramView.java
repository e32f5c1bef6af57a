package dev.outrider.proxy.metrics;

/// How `/stats` shows a histogram: Envoy's `histogram_buckets`.
public enum HistogramView {
  /// Quantiles.
  SUMMARY,
  /// For each bound, how many values lie below it.
  CUMULATIVE,
  /// For each bound, how many values lie between it and the bound before.
  DISJOINT,
  /// Every bucket that holds a value, as recorded, and the quantiles.
  DETAILED
}
