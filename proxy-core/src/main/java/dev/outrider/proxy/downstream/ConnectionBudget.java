package dev.outrider.proxy.downstream;

import dev.outrider.proxy.runtime.RuntimeSnapshot;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// How many connections of clients there are, and may be. Shared by all workers. All are counted,
/// since the runtime may limit them at any time; those of a listener as long as a worker serves it.
public final class ConnectionBudget {
  private static final String OF_ALL = "overload.global_downstream_max_connections";

  private final long most;
  private final AtomicLong all = new AtomicLong();
  private final Map<String, OfListener> byListener = new ConcurrentHashMap<>();

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

  /// The count of that listener, the same for everybody until all have released it.
  OfListener acquire(String listener) {
    return Objects.requireNonNull(
        byListener.compute(
            listener,
            (name, there) -> {
              var count = there == null ? new OfListener(name) : there;
              count.users++;
              return count;
            }));
  }

  void release(OfListener count) {
    byListener.computeIfPresent(count.listener, (_, there) -> --there.users == 0 ? null : there);
  }

  /// How many listeners are counted.
  int listeners() {
    return byListener.size();
  }

  /// The connections of one listener on all workers.
  static final class OfListener {
    private final String listener;
    private final String key;
    private final AtomicLong open = new AtomicLong();
    private int users; // guarded by the map's entry

    private OfListener(String listener) {
      this.listener = listener;
      this.key = "envoy.resource_limits.listener." + listener + ".connection_limit";
    }

    /// One more; false if there is no room.
    boolean take(RuntimeSnapshot runtime) {
      return ConnectionBudget.take(open, runtime.integer(key, Long.MAX_VALUE));
    }

    void giveBack() {
      open.decrementAndGet();
    }
  }

  private static boolean take(AtomicLong count, long most) {
    if (count.incrementAndGet() <= most) {
      return true;
    }
    count.decrementAndGet();
    return false;
  }
}
