package dev.outrider.proxy.xds.admission;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.health.Fitness;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.xds.cluster.SocketMatching;
import dev.outrider.proxy.xds.resource.Held;
import dev.outrider.proxy.xds.resource.Resource.ClusterResource;
import dev.outrider.proxy.xds.resource.Resource.EndpointsResource;
import dev.outrider.proxy.xds.resource.ResourceKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The endpoints of every active cluster, made from its own assignment or from the one it asks for
/// by name; several clusters may ask for the same. Main loop only.
final class EndpointSets {
  private final int loops;
  private final ChangeCollector.Kind<EndpointSet> change;
  private final Counter updates;
  private final Function<Cluster, @Nullable Assignment> named;
  private final Map<ResourceKey, Held<EndpointsResource>> assignments = new HashMap<>();

  /// Of [#assignments] the last versions that have all their endpoints, with those.
  private final Map<ResourceKey, Assignment> whole = new HashMap<>();

  private final Map<String, ClusterResource> clusters = new HashMap<>();
  private final Map<ResourceKey, Set<String>> clustersByService = new HashMap<>();
  private final Map<ResourceKey, Set<String>> warmingByService = new HashMap<>();
  private final Map<String, EndpointSet> sets = new LinkedHashMap<>();
  private final Map<String, ClusterResource> warmingClusters = new HashMap<>();
  private final Map<String, EndpointSet> warmingSets = new HashMap<>();
  private final Fitness fitness;
  private final Loop loop;
  private final StaleAssignments stale;
  private final LocalityCollections collections;

  /// @param loops how many loops count traffic of an endpoint
  /// @param change told every set that is not what it was
  /// @param updates counts changes of sets that were there
  /// @param fitness told which endpoints there are, before anybody else is
  /// @param named what the names of a cluster stand for
  /// @param collections that assignments name
  /// @param changed told that sets have changed, outside any call
  EndpointSets(
      Loop loop,
      int loops,
      ChangeCollector.Kind<EndpointSet> change,
      Counter updates,
      Fitness fitness,
      Function<Cluster, @Nullable Assignment> named,
      LocalityCollections collections,
      Runnable changed) {
    this.loop = loop;
    this.loops = loops;
    this.stale =
        new StaleAssignments(
            loop.timers(),
            service -> {
              onStale(service);
              changed.run();
            });
    this.fitness = fitness;
    this.change = change;
    this.updates = updates;
    this.named = named;
    this.collections = collections;
  }

  /// The assignment last accepted.
  @Nullable Held<EndpointsResource> assignment(ResourceKey service) {
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
  void accept(ResourceKey service, Held<EndpointsResource> assignment) {
    assignments.put(service, assignment);
    collections.name(service, assignment.value().collections());
    adopt(service);
    var millis = assignment.value().staleAfterMillis();
    stale.arrived(service, millis);
    if (millis > 0) { // a cluster that is new has its statistics when it is published
      loop.execute(() -> count(service, ClusterStats.ASSIGNMENT_TIMEOUT_RECEIVED));
    }
  }

  /// Whether there is one with all its endpoints. Until then the version before counts.
  boolean complete(ResourceKey service) {
    var held = assignments.get(service);
    return held != null && collections.complete(held.value());
  }

  private void adopt(ResourceKey service) {
    var held = assignments.get(service);
    if (held != null && collections.complete(held.value())) {
      whole.put(service, collections.assembled(held.value()));
    }
  }

  /// As in Envoy there are no endpoints then.
  private void onStale(ResourceKey service) {
    clustersByService.getOrDefault(service, Set.of()).forEach(this::refresh);
    count(service, ClusterStats.ASSIGNMENT_STALE);
  }

  private void count(ResourceKey service, int stat) {
    clustersByService
        .getOrDefault(service, Set.of())
        .forEach(cluster -> fitness.count(cluster, stat));
  }

  /// Whether it makes a difference that the same is said again.
  boolean expires(ResourceKey service) {
    var held = assignments.get(service);
    return held != null && held.value().staleAfterMillis() > 0;
  }

  /// Nobody asks for it any more.
  void forget(ResourceKey service) {
    if (assignments.remove(service) != null) {
      collections.name(service, List.of());
    }
    whole.remove(service);
    stale.forget(service);
  }

  /// It was said what an assignment is. Answers which clusters that warm have no endpoint left
  /// whose first check is still to come.
  List<String> answered(ResourceKey service) {
    adopt(service);
    clustersByService.getOrDefault(service, Set.of()).forEach(this::refresh);
    var checked = new ArrayList<String>();
    for (var name : warmingByService.getOrDefault(service, Set.of())) {
      var cluster = warmingClusters.get(name);
      if (cluster != null && fitness.watchWarming(warmingSet(cluster))) {
        checked.add(name);
      }
    }
    return checked;
  }

  /// Begins to check the endpoints of a version of a cluster that does not serve yet. Answers
  /// whether a first round of checks has to be waited for.
  boolean warm(ClusterResource resource) {
    if (resource.fitness().check() == null) {
      return false;
    }
    var cluster = resource.cluster();
    unlink(warmingByService, warmingClusters.put(cluster.name(), resource));
    link(warmingByService, resource);
    return fitness.warm(cluster, resource.fitness(), warmingSet(resource));
  }

  /// The version that warms will not serve.
  void abandon(String clusterName) {
    fitness.abandon(clusterName);
    unlink(warmingByService, warmingClusters.remove(clusterName));
    warmingSets.remove(clusterName);
  }

  /// Endpoints that serve already are the same there.
  private EndpointSet warmingSet(ClusterResource cluster) {
    var name = cluster.cluster().name();
    var known = warmingSets.containsKey(name) ? warmingSets.get(name) : sets.get(name);
    var next = next(cluster, known, false);
    warmingSets.put(name, next);
    return next;
  }

  /// A cluster serves from now on, perhaps instead of an earlier version of it.
  void serve(ClusterResource resource) {
    var cluster = resource.cluster();
    unlink(warmingByService, warmingClusters.remove(cluster.name()));
    unlink(clustersByService, clusters.put(cluster.name(), resource));
    link(clustersByService, resource);
    var previous = sets.get(cluster.name());
    var warmed = warmingSets.remove(cluster.name());
    var judged = fitness.serve(cluster, resource.fitness());
    var next = next(resource, warmed != null ? warmed : previous, false);
    if (judged || !next.equals(previous)) {
      publish(next, previous);
    }
  }

  /// Other endpoints of a cluster are fit than before. One that stays for its fitness alone goes
  /// when it has lost that.
  void fitnessChanged(String clusterName) {
    var set = sets.get(clusterName);
    if (set != null) {
      publish(set.withoutLost());
    }
  }

  /// Other hosts of a cluster are wanted than before.
  void found(String clusterName) {
    refresh(clusterName);
  }

  /// The names of a version of a cluster stand for something else. Answers whether it warms and has
  /// no endpoint left whose first check is still to come.
  boolean renamed(Cluster cluster) {
    var serving = clusters.get(cluster.name());
    if (serving != null && cluster.equals(serving.cluster())) {
      refresh(cluster.name());
    }
    var warming = warmingClusters.get(cluster.name());
    return warming != null
        && cluster.equals(warming.cluster())
        && fitness.watchWarming(warmingSet(warming));
  }

  /// A cluster is gone.
  void remove(String clusterName) {
    fitness.remove(clusterName);
    unlink(clustersByService, clusters.remove(clusterName));
    if (sets.remove(clusterName) != null) {
      change.remove(clusterName);
    }
  }

  private static void link(Map<ResourceKey, Set<String>> byService, ClusterResource cluster) {
    var service = cluster.endpoints();
    if (service != null) {
      byService
          .computeIfAbsent(service.key(), _ -> new LinkedHashSet<>())
          .add(cluster.cluster().name());
    }
  }

  private static void unlink(
      Map<ResourceKey, Set<String>> byService, @Nullable ClusterResource cluster) {
    var service = cluster == null ? null : cluster.endpoints();
    if (cluster != null && service != null) {
      byService.computeIfPresent(
          service.key(),
          (_, names) -> {
            names.remove(cluster.cluster().name());
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
    var next = next(cluster, previous, fitness.keepsFit(clusterName));
    if (!next.equals(previous)) {
      publish(next, previous);
    }
  }

  private EndpointSet next(
      ClusterResource resource, @Nullable EndpointSet previous, boolean keepsFit) {
    var cluster = resource.cluster();
    if (cluster.discovery() instanceof Discovery.OriginalDst) {
      return fitness.found(cluster);
    }
    var assignment = assignment(resource);
    if (assignment == null) {
      return EndpointSet.empty(cluster.name());
    }
    var reached = SocketMatching.decide(cluster, assignment);
    return cluster.discovery() instanceof Discovery.DynamicForward
        ? EndpointSet.byName(previous, cluster.name(), reached, loops)
        : EndpointSet.next(previous, cluster.name(), reached, loops, keepsFit);
  }

  private void publish(EndpointSet set, @Nullable EndpointSet previous) {
    if (previous != null) {
      updates.inc();
    }
    publish(set);
  }

  private void publish(EndpointSet set) {
    fitness.watch(set);
    sets.put(set.clusterName(), set);
    change.update(set.clusterName(), set);
  }

  private @Nullable Assignment assignment(ClusterResource resource) {
    var cluster = resource.cluster();
    return switch (cluster.discovery()) {
      case Discovery.Static(var own) -> own;
      case Discovery.Dns _, Discovery.DynamicForward _ -> named.apply(cluster);
      case Discovery.OriginalDst _, Discovery.Aggregate _ -> null; // found where they are wanted
      case Discovery.Eds _ -> {
        var service = resource.endpoints();
        if (service != null && stale.contains(service.key())) {
          yield new Assignment(cluster.name(), List.of());
        }
        yield service == null ? null : whole.get(service.key());
      }
    };
  }
}
