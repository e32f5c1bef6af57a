package dev.outrider.proxywasm.host;

import java.time.Instant;

/// The two clocks a guest can read.
public interface HostClock {
  /// The machine's.
  HostClock SYSTEM =
      new HostClock() {
        @Override
        public long realtimeNanos() {
          var now = Instant.now();
          return now.getEpochSecond() * 1_000_000_000L + now.getNano();
        }

        @Override
        public long monotonicNanos() {
          return System.nanoTime();
        }
      };

  /// Nanoseconds since 1970, wall clock.
  long realtimeNanos();

  /// Nanoseconds since an arbitrary start, never going back.
  long monotonicNanos();
}
