package dev.outrider.proxy.metrics;

import java.util.concurrent.atomic.AtomicLong;

/// A rarely counted number that only grows. Any thread.
public final class Counter {
  private final AtomicLong value = new AtomicLong();

  public void inc() {
    value.incrementAndGet();
  }

  /// `amount` is not negative.
  public void add(long amount) {
    value.addAndGet(amount);
  }

  /// To zero, for `/reset_counters`.
  void reset() {
    value.set(0);
  }

  public long value() {
    return value.get();
  }
}
