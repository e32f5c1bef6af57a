package dev.outrider.proxy.routing;

/// The outcome of a match: made once per route and cluster, shared by all requests.
///
/// @param clusterName empty if the action forwards nothing, or to a cluster that the request failed
///   to name
/// @param headers what becomes of heads
public record RouteMatch(
    VirtualHost virtualHost, Route route, String clusterName, HeaderMutations headers) {

  /// Of a route without alternatives.
  RouteMatch(VirtualHost virtualHost, Route route, String clusterName) {
    this(virtualHost, route, clusterName, route.headers());
  }
}
