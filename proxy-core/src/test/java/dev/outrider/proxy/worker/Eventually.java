package dev.outrider.proxy.worker;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/// Waits for what another thread or process brings about.
public final class Eventually {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final long BETWEEN_NANOS = 5_000_000;

  private Eventually() {}

  /// The value as soon as it is good, or what it is when patience ends: to be asserted on.
  public static <T> T get(Callable<T> value, Predicate<? super T> good) throws Exception {
    var deadline = System.nanoTime() + PATIENCE.toNanos();
    var last = value.call();
    while (!good.test(last) && System.nanoTime() < deadline) {
      LockSupport.parkNanos(BETWEEN_NANOS);
      last = value.call();
    }
    return last;
  }
}
