package dev.outrider.proxy.routing;

import dev.outrider.proxy.cluster.Metadata;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Routes for some host names (Envoy route.v3.VirtualHost).
///
/// @param domains lower-case: a name, `*.suffix`, `prefix.*`, or `*`
/// @param routes the first that matches is taken
/// @param tree where routes are looked for instead; null = nowhere
public record VirtualHost(
    String name,
    List<String> domains,
    List<Route> routes,
    Metadata metadata,
    TlsRequirement requiredTls,
    @Nullable RouteTree tree) {

  /// Whose requests have to come over TLS, as `x-forwarded-proto` tells.
  public enum TlsRequirement {
    NONE,
    /// Of all but internal requests (`x-envoy-internal`).
    EXTERNAL_ONLY,
    ALL
  }

  public VirtualHost {
    domains = List.copyOf(domains);
    routes = List.copyOf(routes);
  }

  /// Of which nothing is said.
  public VirtualHost(String name, List<String> domains, List<Route> routes) {
    this(name, domains, routes, Metadata.NONE, TlsRequirement.NONE);
  }

  /// With a list of routes.
  public VirtualHost(
      String name,
      List<String> domains,
      List<Route> routes,
      Metadata metadata,
      TlsRequirement requiredTls) {
    this(name, domains, routes, metadata, requiredTls, null);
  }

  /// Those of the list and those of the tree.
  Stream<Route> allRoutes() {
    return Stream.concat(routes.stream(), RouteTree.routes(tree));
  }
}
