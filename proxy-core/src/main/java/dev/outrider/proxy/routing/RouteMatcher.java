package dev.outrider.proxy.routing;

import java.util.List;

/// When a route applies: path and all headers (Envoy route.v3.RouteMatch).
public record RouteMatcher(PathMatcher path, List<HeaderMatcher> headers) {
  public RouteMatcher {
    headers = List.copyOf(headers);
  }

  public RouteMatcher(PathMatcher path) {
    this(path, List.of());
  }
}
