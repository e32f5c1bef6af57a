package dev.outrider.proxy.wasm;

import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxywasm.host.HostClock;

/// The two clocks of a guest, from the process clock, so that guests stand still with it in tests.
record LoopClock(Clock clock) implements HostClock {
  @Override
  public long realtimeNanos() {
    return clock.epochMicros() * 1000;
  }

  @Override
  public long monotonicNanos() {
    return clock.nanoTime();
  }
}
