package dev.outrider.proxy.downstream;

import dev.outrider.proxy.runtime.RuntimeSnapshot;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// How many connections of clients there are, and may be. Shared by all workers. All are counted,
/// since the runtime may limit them at any time.
public final class ConnectionBudget {
  private static final String OF_ALL = "overload.global_downstream_max_connections";

  private final long most;
  private final AtomicLong all = new AtomicLong();
  private final Map<String, AtomicLong> byListener = new ConcurrentHashMap<>();

  /// @param most of all listeners together; 0 = what the runtime says under Envoy's key
  ///   `overload.global_downstream_max_connections`
  public ConnectionBudget(long most) {
    this.most = most;
  }

  /// No limits, but for those of the runtime.
  public static ConnectionBudget unlimited() {
    return new ConnectionBudget(0);
  }

  /// One more on any listener; false if there is no room.
  boolean take(RuntimeSnapshot runtime) {
    return take(all, most > 0 ? most : runtime.integer(OF_ALL, Long.MAX_VALUE));
  }

  void giveBack() {
    all.decrementAndGet();
  }

  /// One more on that listener; false if there is no room.
  ///
  /// @param key of its limit in the runtime
  boolean take(String listener, String key, RuntimeSnapshot runtime) {
    return take(count(listener), runtime.integer(key, Long.MAX_VALUE));
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
