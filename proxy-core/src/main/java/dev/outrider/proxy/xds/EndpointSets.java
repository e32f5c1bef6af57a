package dev.outrider.proxy.xds;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.xds.Resource.EndpointsResource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The endpoints of every active cluster, made from its own assignment or from the one it asks for
/// by name; several clusters may ask for the same. Main loop only.
final class EndpointSets {
  private final int loops;
  private final ChangeCollector.Kind<EndpointSet> change;
  private final Counter updates;
  private final Map<String, Held<EndpointsResource>> assignments = new HashMap<>();
  private final Map<String, Cluster> clusters = new HashMap<>();
  private final Map<String, Set<String>> clustersByService = new HashMap<>();
  private final Map<String, EndpointSet> sets = new LinkedHashMap<>();

  /// @param loops how many loops count traffic of an endpoint
  /// @param change told every set that is not what it was
  /// @param updates counts changes of sets that were there
  EndpointSets(int loops, ChangeCollector.Kind<EndpointSet> change, Counter updates) {
    this.loops = loops;
    this.change = change;
    this.updates = updates;
  }

  /// The assignment last accepted under a name.
  @Nullable Held<EndpointsResource> assignment(String service) {
    return assignments.get(service);
  }

  List<Held<EndpointsResource>> assignments() {
    return List.copyOf(assignments.values());
  }

  /// By cluster name.
  Map<String, EndpointSet> active() {
    return sets;
  }

  /// Takes an assignment; clusters see it with [#answered].
  void accept(String service, Held<EndpointsResource> assignment) {
    assignments.put(service, assignment);
  }

  /// Nobody asks for the name any more.
  void forget(String service) {
    assignments.remove(service);
  }

  /// The control plane said what the assignment under a name is.
  void answered(String service) {
    clustersByService.getOrDefault(service, Set.of()).forEach(this::refresh);
  }

  /// A cluster serves from now on, perhaps instead of an earlier version of it.
  void serve(Cluster cluster) {
    unlink(clusters.put(cluster.name(), cluster));
    if (cluster.discovery() instanceof Discovery.Eds(var service)) {
      clustersByService.computeIfAbsent(service, _ -> new LinkedHashSet<>()).add(cluster.name());
    }
    refresh(cluster.name());
  }

  /// A cluster is gone.
  void remove(String clusterName) {
    unlink(clusters.remove(clusterName));
    if (sets.remove(clusterName) != null) {
      change.remove(clusterName);
    }
  }

  private void unlink(@Nullable Cluster cluster) {
    if (cluster != null && cluster.discovery() instanceof Discovery.Eds(var service)) {
      clustersByService.computeIfPresent(
          service,
          (_, names) -> {
            names.remove(cluster.name());
            return names.isEmpty() ? null : names;
          });
    }
  }

  private void refresh(String clusterName) {
    var cluster = clusters.get(clusterName);
    if (cluster == null) {
      return;
    }
    var previous = sets.get(clusterName);
    var assignment = assignment(cluster);
    var next =
        assignment == null
            ? EndpointSet.empty(clusterName)
            : EndpointSet.next(previous, clusterName, assignment, loops);
    if (!next.equals(previous)) {
      if (previous != null) {
        updates.inc();
      }
      sets.put(clusterName, next);
      change.update(clusterName, next);
    }
  }

  private @Nullable Assignment assignment(Cluster cluster) {
    return switch (cluster.discovery()) {
      case Discovery.Static(var own) -> own;
      case Discovery.Eds(var service) -> {
        var held = assignments.get(service);
        yield held == null ? null : held.value().assignment();
      }
    };
  }
}
