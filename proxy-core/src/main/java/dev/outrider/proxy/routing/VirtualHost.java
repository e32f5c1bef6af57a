package dev.outrider.proxy.routing;

import dev.outrider.proxy.cluster.Metadata;
import java.util.List;

/// Routes for some host names (Envoy route.v3.VirtualHost).
///
/// @param domains lower-case: a name, `*.suffix`, `prefix.*`, or `*`
/// @param routes the first that matches is taken
public record VirtualHost(
    String name,
    List<String> domains,
    List<Route> routes,
    Metadata metadata,
    TlsRequirement requiredTls) {

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
}
