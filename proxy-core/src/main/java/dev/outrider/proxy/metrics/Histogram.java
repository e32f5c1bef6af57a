package dev.outrider.proxy.metrics;

import org.jspecify.annotations.Nullable;

/// A rarely recorded distribution, shared by all threads under its own lock.
public final class Histogram {
  private final HistogramBlock block = new HistogramBlock();
  private HistogramSnapshot flushed = HistogramSnapshot.EMPTY;
  // Replaced by flush().
  private volatile @Nullable HistogramSnapshot interval;

  /// `value` is not negative.
  public synchronized void record(long value) {
    block.record(value);
  }

  public HistogramSnapshot snapshot() {
    var rows = new long[HistogramBlock.ROWS][];
    var zeros = block.addTo(rows);
    return new HistogramSnapshot(zeros, rows);
  }

  /// What came between the last two [#flush]es; null before the first one.
  @Nullable HistogramSnapshot interval() {
    return interval;
  }

  /// Ends an interval. Main loop only.
  void flush() {
    var now = snapshot();
    interval = now.since(flushed);
    flushed = now;
  }
}
