package dev.outrider.proxy.downstream;

import dev.outrider.proxy.config.ConnectionLimits;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// How many connections of clients there are, of those that are limited. Shared by all workers.
public final class ConnectionBudget {
  private final ConnectionLimits limits;
  private final AtomicLong all = new AtomicLong();
  private final Map<String, AtomicLong> byListener = new ConcurrentHashMap<>();

  public ConnectionBudget(ConnectionLimits limits) {
    this.limits = limits;
  }

  /// No limits.
  public static ConnectionBudget unlimited() {
    return new ConnectionBudget(ConnectionLimits.NONE);
  }

  boolean limitsAll() {
    return limits.all() > 0;
  }

  boolean limits(String listener) {
    return limits.byListener().containsKey(listener);
  }

  /// One more on any listener; false if there is no room.
  boolean take() {
    return take(all, limits.all());
  }

  void giveBack() {
    all.decrementAndGet();
  }

  /// One more on that listener, which is limited; false if there is no room.
  boolean take(String listener) {
    return take(count(listener), limits.byListener().getOrDefault(listener, Long.MAX_VALUE));
  }

  void giveBack(String listener) {
    count(listener).decrementAndGet();
  }

  private AtomicLong count(String listener) {
    return byListener.computeIfAbsent(listener, _ -> new AtomicLong());
  }

  private static boolean take(AtomicLong count, long most) {
    if (count.incrementAndGet() <= most) {
      return true;
    }
    count.decrementAndGet();
    return false;
  }
}
