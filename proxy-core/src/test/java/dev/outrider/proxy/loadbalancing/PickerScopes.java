package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.SharedTables;
import dev.outrider.proxy.loadbalancing.PickerScope.Local;
import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.metrics.StatOwner;
import java.util.SplittableRandom;

/// Scopes of pickers without a loop.
final class PickerScopes {
  private PickerScopes() {}

  static PickerScope of(long seed, StatOwner stats) {
    return of(seed, stats, new StoppedClock(), Local.UNKNOWN);
  }

  static PickerScope of(long seed, StatOwner stats, Clock clock, Local local) {
    return new PickerScope(
        new SplittableRandom(seed), stats.cells(0), clock, new SharedTables(), () -> 0, local);
  }

  /// Time goes on when a test says so.
  static final class StoppedClock implements Clock {
    private long nanos = 1_000_000_000L;

    void advanceMillis(long millis) {
      nanos += millis * 1_000_000;
    }

    @Override
    public long nanoTime() {
      return nanos;
    }

    @Override
    public long epochMicros() {
      return nanos / 1_000;
    }
  }
}
