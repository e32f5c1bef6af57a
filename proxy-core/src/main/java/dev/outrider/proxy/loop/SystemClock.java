package dev.outrider.proxy.loop;

import java.time.InstantSource;

/// The machine's clocks. The wall clock is read once a second and carried on by the monotonic one:
/// no allocation per reading, and a step of the wall clock shows after at most that second. One per
/// loop.
public final class SystemClock implements Clock {
  private static final long ANCHOR_NANOS = 1_000_000_000L;

  private final InstantSource wall = InstantSource.system();
  private long anchorNanos;
  private long anchorMicros;

  public SystemClock() {
    anchor(System.nanoTime());
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public long epochMicros() {
    var now = System.nanoTime();
    if (now - anchorNanos >= ANCHOR_NANOS) {
      anchor(now);
    }
    return anchorMicros + (now - anchorNanos) / 1_000;
  }

  private void anchor(long now) {
    var instant = wall.instant();
    anchorNanos = now;
    anchorMicros = instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1_000;
  }
}
