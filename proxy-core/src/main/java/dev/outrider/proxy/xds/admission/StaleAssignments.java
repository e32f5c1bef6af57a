package dev.outrider.proxy.xds.admission;

import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.loop.Timers;
import dev.outrider.proxy.xds.resource.ResourceKey;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// Which assignments were not said again in time, and count for nothing until they are (Envoy
/// `endpoint_stale_after`). Main loop only.
final class StaleAssignments {
  private final Timers timers;
  private final Consumer<ResourceKey> onStale;
  private final Map<ResourceKey, Timer> running = new HashMap<>();
  private final Set<ResourceKey> stale = new HashSet<>();

  /// @param onStale told of one whose time is over; never from inside a call
  StaleAssignments(Timers timers, Consumer<ResourceKey> onStale) {
    this.timers = timers;
    this.onStale = onStale;
  }

  /// It was said, perhaps again.
  ///
  /// @param millis until which it counts; 0 = for ever
  void arrived(ResourceKey key, long millis) {
    forget(key);
    if (millis > 0) {
      var timer = timers.newTimer(() -> expire(key));
      running.put(key, timer);
      timer.arm(millis);
    }
  }

  void forget(ResourceKey key) {
    stale.remove(key);
    var timer = running.remove(key);
    if (timer != null) {
      timer.cancel();
    }
  }

  boolean contains(ResourceKey key) {
    return stale.contains(key);
  }

  private void expire(ResourceKey key) {
    running.remove(key);
    stale.add(key);
    onStale.accept(key);
  }
}
