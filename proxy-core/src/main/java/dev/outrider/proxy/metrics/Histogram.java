package dev.outrider.proxy.metrics;

import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// A rarely recorded distribution, shared by all threads under its own lock.
public final class Histogram {
  private final LongConsumer told;
  private final HistogramBlock block = new HistogramBlock();
  private HistogramSnapshot flushed = HistogramSnapshot.EMPTY;
  // Replaced by flush().
  private volatile @Nullable HistogramSnapshot interval;

  /// One that no registry shows.
  public Histogram() {
    this(_ -> {});
  }

  /// @param told gets each value, on the thread that recorded it
  Histogram(LongConsumer told) {
    this.told = told;
  }

  /// `value` is not negative.
  public void record(long value) {
    add(value);
    told.accept(value);
  }

  private synchronized void add(long value) {
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
