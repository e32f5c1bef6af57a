package dev.outrider.proxy.metrics;

/// What a number means over time.
public enum StatType {
  /// Only grows.
  COUNTER,
  /// Goes up and down.
  GAUGE,
  /// Many values, kept as a distribution.
  HISTOGRAM
}
