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
    var sets = HostSet.byPriority(endpoints.endpoints());
    var loads =
        PriorityLoads.of(
            sets.stream().map(HostSet::counts).toList(),
            endpoints.overprovisioningFactor(),
            cluster.loadBalancing().healthyPanicPercent());
    var levels = new ArrayList<PriorityPicker.Level>(sets.size());
    for (var priority = 0; priority < sets.size(); priority++) {
      var set = sets.get(priority);
      levels.add(
          loads.panic(priority)
              ? new PanicLevel(picker(cluster.loadBalancing().policy(), set.all(), random), cells)
              : new PlainLevel(
                  picker(cluster.loadBalancing().policy(), set.healthy(), random),
                  picker(cluster.loadBalancing().policy(), set.degraded(), random)));
    }
    return new StickyPicker(endpoints.endpoints(), new PriorityPicker(loads, levels, random));
  }

  private static ListPicker picker(
      LbPolicy policy, List<Endpoint> endpoints, RandomGenerator random) {
    if (endpoints.isEmpty()) {
      return ListPicker.NOBODY;
    }
    return switch (policy) {
      case ROUND_ROBIN ->
          equalWeights(endpoints)
              ? new RoundRobinPicker(endpoints, random)
              : new WeightedPicker(endpoints, Endpoint::weight, random);
    };
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
