package dev.outrider.proxy.loop;

import java.time.Duration;

/// A clock that stands still until told.
public final class FakeClock implements Clock {
  private long nanos = 1_000_000_000L;
  private long epochMicrosAtZero;

  public FakeClock() {
    this(1_700_000_000_000_000L);
  }

  public FakeClock(long epochMicros) {
    epochMicrosAtZero = epochMicros - nanos / 1_000;
  }

  @Override
  public long nanoTime() {
    return nanos;
  }

  @Override
  public long epochMicros() {
    return epochMicrosAtZero + nanos / 1_000;
  }

  /// Somebody sets the wall clock; no time passes.
  public void jump(Duration by) {
    epochMicrosAtZero += by.toNanos() / 1_000;
  }

  public void advance(Duration duration) {
    nanos += duration.toNanos();
  }
}
