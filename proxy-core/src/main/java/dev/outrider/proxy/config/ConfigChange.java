package dev.outrider.proxy.config;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.routing.RouteTable;

/// One step of configuration, published to every worker and applied there in O(change).
///
/// Apply clusters and endpoints first, then routes and filters, then scopes, then listeners; take
/// removals away in the opposite order. That way no route points to a cluster that a worker does
/// not have yet (make before break).
///
/// @param clusters by cluster name
/// @param endpoints by cluster name; a cluster without an entry has no endpoints yet
/// @param routes by route configuration name, as named by [RouteSource.Rds]
/// @param listeners by listener name
/// @param filters by handle, as named by filters whose configuration comes by itself
/// @param scopes by handle, as named by [RouteSource.Discovered]
public record ConfigChange(
    Changes<Cluster> clusters,
    Changes<EndpointSet> endpoints,
    Changes<RouteTable> routes,
    Changes<ListenerConfig> listeners,
    Changes<Discovered> filters,
    Changes<ScopeTable> scopes) {

  /// Filters and scopes are as they were.
  public ConfigChange(
      Changes<Cluster> clusters,
      Changes<EndpointSet> endpoints,
      Changes<RouteTable> routes,
      Changes<ListenerConfig> listeners) {
    this(clusters, endpoints, routes, listeners, Changes.none(), Changes.none());
  }

  /// Nothing changed.
  public static ConfigChange none() {
    return new ConfigChange(Changes.none(), Changes.none(), Changes.none(), Changes.none());
  }

  public boolean isEmpty() {
    return clusters.isEmpty()
        && endpoints.isEmpty()
        && routes.isEmpty()
        && listeners.isEmpty()
        && filters.isEmpty()
        && scopes.isEmpty();
  }
}
