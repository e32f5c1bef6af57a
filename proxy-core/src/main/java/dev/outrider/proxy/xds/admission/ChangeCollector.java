package dev.outrider.proxy.xds.admission;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.config.Changes;
import dev.outrider.proxy.config.ConfigChange;
import dev.outrider.proxy.config.Discovered;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.config.ScopeTable;
import dev.outrider.proxy.routing.RouteTable;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/// Gathers what one step of admission changed, so that it is published once. Main loop only.
final class ChangeCollector {
  final Kind<Cluster> clusters = new Kind<>();
  final Kind<EndpointSet> endpoints = new Kind<>();
  final Kind<RouteTable> routes = new Kind<>();
  final Kind<ListenerConfig> listeners = new Kind<>();
  final Kind<Discovered> filters = new Kind<>();
  final Kind<ScopeTable> scopes = new Kind<>();

  /// Returns what was gathered and starts anew.
  ConfigChange take() {
    return new ConfigChange(
        clusters.take(),
        endpoints.take(),
        routes.take(),
        listeners.take(),
        filters.take(),
        scopes.take());
  }

  /// Changes of one kind.
  static final class Kind<T> {
    private final Map<String, T> updated = new LinkedHashMap<>();
    private final Set<String> removed = new LinkedHashSet<>();

    void update(String name, T value) {
      removed.remove(name);
      updated.put(name, value);
    }

    void remove(String name) {
      updated.remove(name);
      removed.add(name);
    }

    private Changes<T> take() {
      var changes = new Changes<T>(updated, removed);
      updated.clear();
      removed.clear();
      return changes;
    }
  }
}
