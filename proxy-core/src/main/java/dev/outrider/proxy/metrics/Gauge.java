package dev.outrider.proxy.metrics;

import java.util.concurrent.atomic.AtomicLong;

/// A rarely changed number that goes up and down. Any thread.
public final class Gauge {
  private final AtomicLong value = new AtomicLong();
  private volatile boolean used;

  public void set(long newValue) {
    used = true;
    value.set(newValue);
  }

  public void add(long amount) {
    used = true;
    value.addAndGet(amount);
  }

  public void inc() {
    add(1);
  }

  public void dec() {
    add(-1);
  }

  public long value() {
    return value.get();
  }

  boolean used() {
    return used;
  }
}
