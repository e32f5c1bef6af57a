package dev.outrider.proxy.cluster;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// A counter with a maximum, shared by all loops: a circuit breaker, of a cluster for instance.
///
/// Taking and giving go through a [Permit], so that no unit is given back twice.
public final class Limit {
  private static final VarHandle IN_USE;

  static {
    try {
      IN_USE = MethodHandles.lookup().findVarHandle(Limit.class, "inUse", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  // Written by every loop, through IN_USE only.
  @SuppressWarnings("unused")
  private volatile int inUse;

  // Written by the main loop when the configuration changes.
  private volatile int max;

  public Limit(int max) {
    this.max = max;
  }

  /// Any thread.
  public int inUse() {
    return inUse;
  }

  public int max() {
    return max;
  }

  /// Whether nothing more fits: what `circuit_breakers.*_open` shows.
  public boolean open() {
    return inUse >= max;
  }

  void changeMax(int newMax) {
    max = newMax;
  }

  boolean tryTake() {
    while (true) {
      var now = inUse;
      if (now >= max) {
        return false;
      }
      if (IN_USE.compareAndSet(this, now, now + 1)) {
        return true;
      }
    }
  }

  void take() {
    IN_USE.getAndAdd(this, 1);
  }

  void give() {
    var before = (int) IN_USE.getAndAdd(this, -1);
    if (before <= 0) {
      throw new IllegalStateException("a circuit breaker was released more often than taken");
    }
  }
}
