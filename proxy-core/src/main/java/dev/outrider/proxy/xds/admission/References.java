package dev.outrider.proxy.xds.admission;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.tls.TlsEnd;
import dev.outrider.proxy.xds.resource.Resource;
import dev.outrider.proxy.xds.resource.Resource.ClusterResource;
import dev.outrider.proxy.xds.resource.Resource.ListenerResource;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ScopesUse;
import dev.outrider.proxy.xds.resource.Subscriptions;
import dev.outrider.proxy.xds.resource.TlsAssembly;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which resources are named by others, counted, so that nobody has to look at all of them to know
/// what to ask for. Main loop only.
final class References {
  private final Map<ResourceKey, Integer> counts = new HashMap<>();
  private final Map<Subscriptions.Owned, Integer> subscriptions = new HashMap<>();
  private final Set<Subscriptions.Owned> changedSubscriptions = new LinkedHashSet<>();
  private final Map<TlsAssembly, Integer> assemblies = new HashMap<>();
  private final Set<ResourceKey> changed = new LinkedHashSet<>();
  private final Map<TlsEnd, Integer> ends = new HashMap<>();
  private final Map<Cluster, Integer> named = new HashMap<>();
  private final Tls watcher;
  private final Names names;
  private final Scopes scopes;
  private final Map<ScopesUse, Integer> scopeUses = new HashMap<>(0);

  /// Told about what connections are secured with.
  interface Tls {

    /// A first version is held that is made of secrets.
    void onUsed(TlsAssembly assembly);

    /// No held version has it any more.
    void onUnused(TlsAssembly assembly);

    /// No held version has it any more; workers may still use it a moment longer.
    void onUnused(TlsEnd end);
  }

  /// Told about versions of clusters whose endpoints have names, or are asked for.
  interface Names {

    /// A version is held.
    void onUsed(Cluster cluster);

    /// It is not held any more.
    void onUnused(Cluster cluster);

    /// A version of a cluster is held whose endpoints come as `service`.
    void onAsking(ResourceKey service, Cluster cluster);

    /// It is not held any more.
    void onSilent(ResourceKey service, Cluster cluster);
  }

  /// Told who uses scopes of routes.
  interface Scopes {

    /// A version of a listener is held.
    void onUsed(ScopesUse use);

    /// None is held any more.
    void onUnused(ScopesUse use);
  }

  References(Tls watcher, Names names, Scopes scopes) {
    this.watcher = watcher;
    this.names = names;
    this.scopes = scopes;
  }

  /// One resource more is named, by somebody who is the owner of the subscription.
  void add(ResourceKey key, Subscriptions.Owned owned) {
    add(key);
    add(owned);
  }

  /// One less.
  void remove(ResourceKey key, Subscriptions.Owned owned) {
    remove(key);
    remove(owned);
  }

  /// One resource more is named.
  void add(ResourceKey key) {
    if (counts.merge(key, 1, Integer::sum) == 1) {
      changed.add(key);
    }
  }

  /// One less.
  void remove(ResourceKey key) {
    if (counts.merge(key, -1, References::sumOrNull) == null) {
      changed.add(key);
    }
  }

  /// A subscription has one owner more.
  void add(Subscriptions.Owned owned) {
    if (subscriptions.merge(owned, 1, Integer::sum) == 1) {
      changedSubscriptions.add(owned);
    }
  }

  /// One less.
  void remove(Subscriptions.Owned owned) {
    if (subscriptions.merge(owned, -1, References::sumOrNull) == null) {
      changedSubscriptions.add(owned);
    }
  }

  void add(Resource resource) {
    resource.needs().forEach(target -> add(target.key()));
    resource.subscriptions().forEach(this::add);
    for (var assembly : resource.assemblies()) {
      if (assemblies.merge(assembly, 1, Integer::sum) == 1) {
        watcher.onUsed(assembly);
      }
    }
    resource.ends().forEach(end -> ends.merge(end, 1, Integer::sum));
    if (resource instanceof ClusterResource of
        && of.cluster().discovery().hasNames()
        && named.merge(of.cluster(), 1, Integer::sum) == 1) {
      names.onUsed(of.cluster());
    }
    if (resource instanceof ListenerResource listener) {
      for (var use : listener.scopes()) {
        if (scopeUses.merge(use, 1, Integer::sum) == 1) {
          scopes.onUsed(use);
        }
      }
    }
    if (resource instanceof ClusterResource of && of.endpoints() != null) {
      names.onAsking(of.endpoints().key(), of.cluster());
    }
  }

  void remove(Resource resource) {
    resource.needs().forEach(target -> remove(target.key()));
    resource.subscriptions().forEach(this::remove);
    for (var assembly : resource.assemblies()) {
      if (assemblies.merge(assembly, -1, References::sumOrNull) == null) {
        watcher.onUnused(assembly);
      }
    }
    for (var end : resource.ends()) {
      if (ends.merge(end, -1, References::sumOrNull) == null) {
        watcher.onUnused(end);
      }
    }
    if (resource instanceof ClusterResource of
        && of.cluster().discovery().hasNames()
        && named.merge(of.cluster(), -1, (old, by) -> old + by == 0 ? null : old + by) == null) {
      names.onUnused(of.cluster());
    }
    if (resource instanceof ListenerResource listener) {
      for (var use : listener.scopes()) {
        if (scopeUses.merge(use, -1, References::sumOrNull) == null) {
          scopes.onUnused(use);
        }
      }
    }
    if (resource instanceof ClusterResource of && of.endpoints() != null) {
      names.onSilent(of.endpoints().key(), of.cluster());
    }
  }

  boolean has(ResourceKey key) {
    return counts.containsKey(key);
  }

  boolean has(Subscriptions.Owned owned) {
    return subscriptions.containsKey(owned);
  }

  private static @Nullable Integer sumOrNull(int old, int by) {
    return old + by == 0 ? null : old + by;
  }

  /// Who owns subscriptions of one resource. Looks at all there are.
  List<Subscriptions.Owned> owners(ResourceKey key) {
    return subscriptions.keySet().stream().filter(owned -> owned.asked().equals(key)).toList();
  }

  /// Keys that may have come or gone since the last call.
  Set<ResourceKey> takeChanged() {
    var taken = Set.copyOf(changed);
    changed.clear();
    return taken;
  }

  /// Subscriptions that may have come or gone since the last call.
  Set<Subscriptions.Owned> takeChangedSubscriptions() {
    var taken = Set.copyOf(changedSubscriptions);
    changedSubscriptions.clear();
    return taken;
  }
}
