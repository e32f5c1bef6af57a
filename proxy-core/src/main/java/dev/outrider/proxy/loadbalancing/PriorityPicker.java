package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Chooses a priority by its share of the load, then lets that priority's own picker choose.
final class PriorityPicker implements HostPicker {
  private final PriorityLoads loads;
  private final List<Level> levels;
  private final RandomGenerator random;

  PriorityPicker(PriorityLoads loads, List<Level> levels, RandomGenerator random) {
    this.loads = loads;
    this.levels = List.copyOf(levels);
    this.random = random;
  }

  @Override
  public @Nullable Endpoint pick(PickContext context) {
    var wanted = random.nextInt(100) + 1;
    var sum = 0;
    for (var priority = 0; priority < levels.size(); priority++) {
      sum += loads.healthy(priority);
      if (wanted <= sum) {
        return levels.get(priority).healthy().pick(context);
      }
    }
    for (var priority = 0; priority < levels.size(); priority++) {
      sum += loads.degraded(priority);
      if (wanted <= sum) {
        return levels.get(priority).degraded().pick(context);
      }
    }
    return null;
  }

  /// The pickers of one priority; in panic both are over all its endpoints.
  record Level(HostPicker healthy, HostPicker degraded) {}
}
