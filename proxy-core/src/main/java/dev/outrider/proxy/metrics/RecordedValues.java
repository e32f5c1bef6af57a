package dev.outrider.proxy.metrics;

/// Told every value that a histogram of a registry gets.
@FunctionalInterface
public interface RecordedValues {
  /// On the thread that recorded it, be it a worker's: must be quick.
  ///
  /// @param histogram its full name
  void recorded(String histogram, long value);
}
