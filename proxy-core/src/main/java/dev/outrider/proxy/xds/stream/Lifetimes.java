package dev.outrider.proxy.xds.stream;

import com.google.protobuf.Duration;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// How long resources of one type hold that were sent to hold for a time only (Envoy
/// `service.discovery.v3.Resource.ttl`). They outlive the stream they came over. Main loop only.
final class Lifetimes {
  /// Of any lifetime: a hundred years, which added to the clock stay far from what a long holds.
  private static final long LONGEST_NANOS = TimeUnit.DAYS.toNanos(36_500);

  private final Loop loop;
  private final Consumer<Set<String>> onExpired;
  private final Timer timer;
  private final Map<String, End> ends = new HashMap<>();
  private final TreeSet<End> order =
      new TreeSet<>(Comparator.comparingLong(End::nanos).thenComparing(End::name));

  /// @param nanos of the loop's clock
  private record End(long nanos, String name) {}

  /// @param onExpired told names whose time is over, all that are at that moment
  Lifetimes(Loop loop, Consumer<Set<String>> onExpired) {
    this.loop = loop;
    this.onExpired = onExpired;
    this.timer = loop.timers().newTimer(this::expire);
  }

  /// It came, or came again: its time starts.
  ///
  /// @param ttl null = it holds until something else is said
  void start(String name, @Nullable Duration ttl) {
    drop(name);
    if (ttl != null) {
      var end = new End(loop.clock().nanoTime() + nanos(ttl), name);
      ends.put(name, end);
      order.add(end);
    }
    arm();
  }

  private static long nanos(Duration ttl) {
    var seconds = TimeUnit.SECONDS.toNanos(ttl.getSeconds());
    return Math.clamp(seconds, -LONGEST_NANOS, LONGEST_NANOS) + ttl.getNanos();
  }

  /// What is wrong with a lifetime; null if it can be kept.
  static @Nullable String problem(String name, Duration ttl) {
    return nanos(ttl) > 0
        ? null
        : "resource '%s' has a ttl of %d ns: it must be greater than 0".formatted(name, nanos(ttl));
  }

  /// They are gone, or nobody wants them any more.
  void forget(Collection<String> names) {
    names.forEach(this::drop);
    arm();
  }

  /// All others are gone.
  void retain(Set<String> names) {
    ends.keySet().retainAll(names);
    order.removeIf(end -> !names.contains(end.name()));
    arm();
  }

  /// Whether nothing here ends.
  boolean isEmpty() {
    return ends.isEmpty();
  }

  void cancel() {
    timer.cancel();
  }

  private void drop(String name) {
    var end = ends.remove(name);
    if (end != null) {
      order.remove(end);
    }
  }

  private void arm() {
    if (order.isEmpty()) {
      timer.cancel();
    } else {
      var left = order.first().nanos() - loop.clock().nanoTime();
      timer.arm(TimeUnit.NANOSECONDS.toMillis(left) + 1);
    }
  }

  private void expire() {
    var now = loop.clock().nanoTime();
    var expired = new LinkedHashSet<String>();
    while (!order.isEmpty() && order.first().nanos() <= now) {
      var end = order.removeFirst();
      ends.remove(end.name());
      expired.add(end.name());
    }
    arm();
    if (!expired.isEmpty()) {
      onExpired.accept(expired);
    }
  }
}
