package dev.outrider.proxy.routing;

import dev.outrider.proxy.cluster.Metadata;

/// A condition and what happens if it holds (Envoy route.v3.Route).
///
/// @param name empty where not given
/// @param filters which of them see its requests; what virtual host and table say is included
/// @param headers what becomes of heads; what virtual host and table say is included
public record Route(
    String name,
    RouteMatcher matcher,
    RouteAction action,
    Metadata metadata,
    FilterSwitches filters,
    HeaderMutations headers) {
  /// Of which nothing is said.
  public Route(String name, RouteMatcher matcher, RouteAction action) {
    this(name, matcher, action, Metadata.NONE);
  }

  /// With the filters of the connection manager, and heads as they are.
  public Route(String name, RouteMatcher matcher, RouteAction action, Metadata metadata) {
    this(name, matcher, action, metadata, FilterSwitches.NONE, HeaderMutations.NONE);
  }
}
