package dev.outrider.proxy.routing;

import dev.outrider.proxy.cluster.Metadata;

/// A condition and what happens if it holds (Envoy route.v3.Route).
///
/// @param name empty where not given
public record Route(String name, RouteMatcher matcher, RouteAction action, Metadata metadata) {
  /// Of which nothing is said.
  public Route(String name, RouteMatcher matcher, RouteAction action) {
    this(name, matcher, action, Metadata.NONE);
  }
}
