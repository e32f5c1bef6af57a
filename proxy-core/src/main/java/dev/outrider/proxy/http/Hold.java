package dev.outrider.proxy.http;

/// Why a producer is held back.
public enum Hold {
  /// The connection that the bytes go to has too much unwritten.
  SINK,
  /// A filter buffers or waits.
  FILTER,
  /// The retry buffer waits for a verdict.
  RETRY,
  /// A mirror reads more slowly than the primary.
  MIRROR,
  /// Held until the other direction has been drained.
  DRAIN
}
