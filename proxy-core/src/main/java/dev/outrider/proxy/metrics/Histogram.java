package dev.outrider.proxy.metrics;

/// A rarely recorded distribution, shared by all threads under its own lock.
public final class Histogram {
  private final HistogramBlock block = new HistogramBlock();

  /// `value` is not negative.
  public synchronized void record(long value) {
    block.record(value);
  }

  public HistogramSnapshot snapshot() {
    var totals = new long[HistogramBlock.totalsLength()];
    block.addTo(totals);
    return new HistogramSnapshot(totals);
  }
}
