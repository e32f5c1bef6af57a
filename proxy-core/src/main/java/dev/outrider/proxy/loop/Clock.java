package dev.outrider.proxy.loop;

/// Reads time. Stopped in tests.
public interface Clock {
  /// Monotonic nanoseconds of no particular origin, as `System.nanoTime`.
  long nanoTime();

  /// Wall clock, microseconds since 1970.
  long epochMicros();
}
