package dev.outrider.proxywasm.testkit;

import dev.outrider.proxywasm.host.HostClock;
import java.time.Duration;
import java.time.Instant;

/// A clock that stands still until it is moved. Starts at 2026-01-01T00:00:00Z.
public final class TestClock implements HostClock {
  private long realtime = Instant.parse("2026-01-01T00:00:00Z").getEpochSecond() * 1_000_000_000L;
  private long monotonic = 1_000_000_000L; // Go's runtime takes zero for a broken clock

  /// Moves both clocks.
  public void advance(Duration by) {
    realtime += by.toNanos();
    monotonic += by.toNanos();
  }

  /// Sets the wall clock.
  public void setTo(Instant now) {
    realtime = now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  @Override
  public long realtimeNanos() {
    return realtime;
  }

  @Override
  public long monotonicNanos() {
    return monotonic;
  }
}
