package dev.outrider.proxy.xds.admission;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.loop.Timers;
import dev.outrider.proxy.xds.resource.CollectionName;
import dev.outrider.proxy.xds.resource.Resource.EndpointsResource;
import dev.outrider.proxy.xds.resource.Resource.InitTarget;
import dev.outrider.proxy.xds.resource.Resource.LocalityCollection;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.Subscriptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The endpoints of localities that come by themselves (Envoy LEDS), by collection; assignments
/// name them, and count when each of theirs was answered. Main loop only.
final class LocalityCollections {
  private final References references;
  private final Timers timers;
  private final Consumer<ResourceKey> onTimeout;
  private final Map<ResourceKey, Collection> collections = new HashMap<>();
  private final Map<ResourceKey, List<LocalityCollection>> named = new HashMap<>();
  private final Map<ResourceKey, Map<String, Integer>> clusters = new HashMap<>();

  /// @param references told which are needed, and whose statistics count them
  /// @param onTimeout told of one that did not come in time, outside any call; nobody waits for it
  LocalityCollections(References references, Timers timers, Consumer<ResourceKey> onTimeout) {
    this.references = references;
    this.timers = timers;
    this.onTimeout = onTimeout;
  }

  /// An assignment names them, in place of those that its last version named.
  void name(ResourceKey service, List<LocalityCollection> next) {
    var before = next.isEmpty() ? named.remove(service) : named.put(service, next);
    for (var each : next) {
      begin(each.target()).services.merge(service, 1, Integer::sum);
      references.add(each.target().key());
      owners(service).forEach(owner -> references.add(owned(owner, each)));
    }
    if (before != null) {
      for (var each : before) {
        end(each.target().key(), service);
        references.remove(each.target().key());
        owners(service).forEach(owner -> references.remove(owned(owner, each)));
      }
    }
  }

  private Set<String> owners(ResourceKey service) {
    return clusters.getOrDefault(service, Map.of()).keySet();
  }

  private static Subscriptions.Owned owned(String cluster, LocalityCollection each) {
    return new Subscriptions.Owned("cluster." + cluster + ".leds", each.target().key());
  }

  private Collection begin(InitTarget target) {
    return collections.computeIfAbsent(target.key(), _ -> new Collection(target));
  }

  private void end(ResourceKey key, ResourceKey service) {
    var collection = collections.get(key);
    if (collection != null) {
      collection.services.computeIfPresent(service, (_, uses) -> uses > 1 ? uses - 1 : null);
      if (collection.services.isEmpty()) {
        collection.answer();
        collections.remove(key);
      }
    }
  }

  /// A cluster asks for the assignment, as its version that serves or that warms.
  ///
  /// @param statName of the cluster
  void link(ResourceKey service, String statName) {
    var users = clusters.computeIfAbsent(service, _ -> new HashMap<>());
    if (users.merge(statName, 1, Integer::sum) == 1) {
      named.getOrDefault(service, List.of()).forEach(each -> references.add(owned(statName, each)));
    }
  }

  /// It does not any more.
  void unlink(ResourceKey service, String statName) {
    var users = clusters.getOrDefault(service, new HashMap<>());
    if (users.merge(statName, -1, (old, by) -> old + by == 0 ? null : old + by) == null) {
      named
          .getOrDefault(service, List.of())
          .forEach(each -> references.remove(owned(statName, each)));
    }
    if (users.isEmpty()) {
      clusters.remove(service);
    }
  }

  /// Whether each that the assignment names was answered.
  boolean complete(EndpointsResource assignment) {
    for (var each : assignment.collections()) {
      var collection = collections.get(each.target().key());
      if (collection == null || !collection.answered) {
        return false;
      }
    }
    return true;
  }

  /// The assignment with what is in its collections; itself if it has none.
  Assignment assembled(EndpointsResource assignment) {
    if (assignment.collections().isEmpty()) {
      return assignment.assignment();
    }
    var all = new ArrayList<>(assignment.assignment().endpoints());
    for (var each : assignment.collections()) {
      var collection = collections.get(each.target().key());
      if (collection != null) {
        collection.endpoints.values().forEach(endpoint -> all.add(each.placed(endpoint)));
      }
    }
    return assignment.assignment().with(all);
  }

  /// The collection that a resource of that name is of.
  ResourceKey of(ResourceKey resource) {
    return collections.containsKey(resource)
        ? resource
        : new ResourceKey(
            ResourceKind.LOCALITY, CollectionName.of(resource.name()), resource.source());
  }

  /// Takes endpoints that came or changed, and forgets others. Answers which assignments name the
  /// collections that heard of it.
  Set<ResourceKey> take(Map<ResourceKey, EndpointSpec> arrived, Set<ResourceKey> removed) {
    var services = new LinkedHashSet<ResourceKey>();
    for (var key : removed) {
      var collection = heard(key, services);
      if (collection != null) {
        collection.endpoints.remove(key.name());
      }
    }
    arrived.forEach(
        (key, endpoint) -> {
          var collection = heard(key, services);
          if (collection != null) {
            collection.endpoints.put(key.name(), endpoint);
          }
        });
    return services;
  }

  private @Nullable Collection heard(ResourceKey resource, Set<ResourceKey> services) {
    var collection = collections.get(of(resource));
    if (collection != null) {
      collection.answer();
      services.addAll(collection.services.keySet());
    }
    return collection;
  }

  /// Nobody waits any longer for those of which this is true. Answers which assignments name them.
  Set<ResourceKey> giveUp(Predicate<ResourceKey> which) {
    var services = new LinkedHashSet<ResourceKey>();
    collections.forEach(
        (key, collection) -> {
          if (which.test(key) && !collection.answered) {
            collection.answer();
            services.addAll(collection.services.keySet());
          }
        });
    return services;
  }

  /// One of them.
  private final class Collection {
    private final Map<String, EndpointSpec> endpoints = new LinkedHashMap<>();
    private final Map<ResourceKey, Integer> services = new LinkedHashMap<>();
    private final Timer timer;
    private boolean answered;

    Collection(InitTarget target) {
      this.timer = timers.newTimer(() -> onTimeout.accept(target.key()));
      if (target.timeoutMillis() > 0) {
        timer.arm(target.timeoutMillis());
      }
    }

    void answer() {
      answered = true;
      timer.cancel();
    }
  }
}
