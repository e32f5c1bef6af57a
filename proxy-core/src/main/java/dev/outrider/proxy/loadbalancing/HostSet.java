package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The endpoints of one priority, by how available they are at the moment (Envoy HostSet).
///
/// @param all of the priority, in the order of the configuration
/// @param excluded how many of them do not count yet
record HostSet(List<Endpoint> all, List<Endpoint> healthy, List<Endpoint> degraded, int excluded) {

  static HostSet of(List<Endpoint> all) {
    var healthy = new ArrayList<Endpoint>(all.size());
    var degraded = new ArrayList<Endpoint>();
    var excluded = 0;
    for (var endpoint : all) {
      if (endpoint.healthy()) {
        healthy.add(endpoint);
      } else if (endpoint.degraded()) {
        degraded.add(endpoint);
      }
      excluded += endpoint.excluded() ? 1 : 0;
    }
    return new HostSet(List.copyOf(all), List.copyOf(healthy), List.copyOf(degraded), excluded);
  }

  /// One for each priority from 0 to the highest in use; a gap is an empty one.
  static List<HostSet> byPriority(List<Endpoint> endpoints) {
    var levels = new ArrayList<List<Endpoint>>();
    levels.add(new ArrayList<>());
    for (var endpoint : endpoints) {
      while (levels.size() <= endpoint.priority()) {
        levels.add(new ArrayList<>());
      }
      levels.get(endpoint.priority()).add(endpoint);
    }
    return levels.stream().map(HostSet::of).toList();
  }

  /// @param weighted whether weights count, in place of numbers
  PriorityLoads.Counts counts(boolean weighted) {
    return weighted
        ? new PriorityLoads.Counts(
            all.size(),
            excluded,
            healthy.size(),
            degraded.size(),
            weight(healthy.stream()),
            weight(degraded.stream()),
            weight(all.stream().filter(endpoint -> !endpoint.excluded())))
        : PriorityLoads.Counts.unweighted(all.size(), excluded, healthy.size(), degraded.size());
  }

  private static long weight(Stream<Endpoint> endpoints) {
    return endpoints.mapToLong(Endpoint::weight).sum();
  }

  /// Whether so few are available that all are to be used.
  boolean panics(int panicPercent) {
    return counts(false).availablePercent() < panicPercent;
  }
}
