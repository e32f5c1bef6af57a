package dev.outrider.proxy.routing;

import java.util.List;

/// When a route applies: path, all headers and all conditions (Envoy route.v3.RouteMatch).
public record RouteMatcher(
    PathMatcher path, List<HeaderMatcher> headers, List<RouteCondition> conditions) {
  public RouteMatcher {
    headers = List.copyOf(headers);
    conditions = List.copyOf(conditions);
  }

  public RouteMatcher(PathMatcher path, List<HeaderMatcher> headers) {
    this(path, headers, List.of());
  }

  public RouteMatcher(PathMatcher path) {
    this(path, List.of());
  }
}
