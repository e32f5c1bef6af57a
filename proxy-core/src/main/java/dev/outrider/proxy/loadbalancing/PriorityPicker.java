package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Chooses a priority by its share of the load, then lets that priority choose; again if the
/// request does not want who was chosen.
final class PriorityPicker implements HostPicker {
  private final PriorityLoads loads;
  private final Level[] levels;
  private final RandomGenerator random;

  PriorityPicker(PriorityLoads loads, List<Level> levels, RandomGenerator random) {
    this.loads = loads;
    this.levels = levels.toArray(Level[]::new);
    this.random = random;
  }

  @Override
  public @Nullable Endpoint pick(PickContext context) {
    var chosen = pickOnce(context);
    for (var left = context.maxPicks() - 1;
        left > 0 && chosen != null && context.rejects(chosen);
        left--) {
      chosen = pickOnce(context);
    }
    return chosen;
  }

  private @Nullable Endpoint pickOnce(PickContext context) {
    var number = random.nextLong();
    var priority = context.priorityLoads(loads).choose(number);
    return priority >= 0
        ? levels[priority].pick(false, number)
        : levels[~priority].pick(true, number);
  }

  /// One priority.
  interface Level {
    /// Null if it has nobody of that kind, or may not use whom it has.
    ///
    /// @param degraded whether an endpoint is meant that is degraded, else a healthy one; in panic
    ///   it does not matter
    @Nullable Endpoint pick(boolean degraded, long random);
  }
}
