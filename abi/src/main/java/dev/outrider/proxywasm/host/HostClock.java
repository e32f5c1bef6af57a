package dev.outrider.proxywasm.host;

/// The two clocks a guest can read.
public interface HostClock {
  /// Nanoseconds since 1970, wall clock.
  long realtimeNanos();

  /// Nanoseconds since an arbitrary start, never going back.
  long monotonicNanos();
}
