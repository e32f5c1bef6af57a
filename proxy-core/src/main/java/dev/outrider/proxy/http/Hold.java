package dev.outrider.proxy.http;

/// Why a producer is held back.
public enum Hold {
  /// The connection that the bytes go to has too much unwritten.
  SINK(1),
  /// A filter buffers or waits.
  FILTER(2),
  /// The retry buffer waits for a verdict.
  RETRY(4),
  /// A mirror reads more slowly than the primary.
  MIRROR(8),
  /// Held until the other direction has been drained.
  DRAIN(16);

  private final int bit;

  Hold(int bit) {
    this.bit = bit;
  }

  int bit() {
    return bit;
  }
}
