package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.LbPolicy;
import dev.outrider.proxy.metrics.StatCells;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// Builds the picker that a cluster's policy asks for.
public final class HostPickers {
  private HostPickers() {}

  /// A picker over `endpoints` as they are now: the caller makes a new one for a new set, or when
  /// health changed.
  ///
  /// @param random kept by the picker, as are the cells: both are used on the picker's loop only
  /// @param cells the loop's cells of [dev.outrider.proxy.cluster.ClusterStats]
  public static HostPicker of(
      Cluster cluster, EndpointSet endpoints, RandomGenerator random, StatCells cells) {
    var byPriority = byPriority(endpoints.endpoints());
    var counts = new ArrayList<PriorityLoads.Counts>(byPriority.size());
    byPriority.forEach(level -> counts.add(count(level)));
    var loads =
        PriorityLoads.of(
            counts,
            endpoints.overprovisioningFactor(),
            cluster.loadBalancing().healthyPanicPercent());
    var pickers = new ArrayList<PriorityPicker.Level>(byPriority.size());
    for (var priority = 0; priority < byPriority.size(); priority++) {
      pickers.add(
          loads.panic(priority)
              ? panicking(
                  picker(cluster.loadBalancing().policy(), byPriority.get(priority), random), cells)
              : level(cluster.loadBalancing().policy(), byPriority.get(priority), random));
    }
    return pickers.size() == 1 && loads.allHealthyIn(0)
        ? pickers.getFirst().healthy()
        : new PriorityPicker(loads, pickers, random);
  }

  private static PriorityPicker.Level panicking(HostPicker all, StatCells cells) {
    var counted = new PanicPicker(all, cells);
    return new PriorityPicker.Level(counted, counted);
  }

  private static PriorityPicker.Level level(
      LbPolicy policy, List<Endpoint> endpoints, RandomGenerator random) {
    return new PriorityPicker.Level(
        picker(policy, endpoints.stream().filter(Endpoint::healthy).toList(), random),
        picker(policy, endpoints.stream().filter(Endpoint::degraded).toList(), random));
  }

  private static HostPicker picker(
      LbPolicy policy, List<Endpoint> endpoints, RandomGenerator random) {
    return switch (policy) {
      case ROUND_ROBIN ->
          equalWeights(endpoints)
              ? new RoundRobinPicker(endpoints, random)
              : new WeightedRoundRobinPicker(endpoints, random);
    };
  }

  /// One list for each priority from 0 to the highest in use; a gap is an empty list.
  private static List<List<Endpoint>> byPriority(List<Endpoint> endpoints) {
    var levels = new ArrayList<List<Endpoint>>();
    levels.add(new ArrayList<>());
    for (var endpoint : endpoints) {
      while (levels.size() <= endpoint.priority()) {
        levels.add(new ArrayList<>());
      }
      levels.get(endpoint.priority()).add(endpoint);
    }
    return levels;
  }

  private static PriorityLoads.Counts count(List<Endpoint> level) {
    var healthy = 0;
    var degraded = 0;
    for (var endpoint : level) {
      healthy += endpoint.healthy() ? 1 : 0;
      degraded += endpoint.degraded() ? 1 : 0;
    }
    return new PriorityLoads.Counts(level.size(), healthy, degraded);
  }

  private static boolean equalWeights(List<Endpoint> endpoints) {
    for (var endpoint : endpoints) {
      if (endpoint.weight() != endpoints.getFirst().weight()) {
        return false;
      }
    }
    return true;
  }
}
