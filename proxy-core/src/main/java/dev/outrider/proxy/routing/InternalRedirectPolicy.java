package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderName;
import java.util.List;
import java.util.Set;

/// Redirects of the service that the proxy follows itself (Envoy route.v3.InternalRedirectPolicy).
///
/// @param maxRedirects of one request
/// @param statuses that are followed, where they have a `location`
/// @param notTwice a route does not lead to the same route once more
/// @param safeCrossScheme nor from plain text to TLS
/// @param allowedRoutes names of the routes that may be led to, by each predicate that lists them
/// @param crossScheme another scheme than that of the request is followed too
/// @param headersToCopy from the redirect into the new request; what it does not have goes
public record InternalRedirectPolicy(
    int maxRedirects,
    Set<Integer> statuses,
    boolean notTwice,
    boolean safeCrossScheme,
    List<Set<String>> allowedRoutes,
    boolean crossScheme,
    List<HeaderName> headersToCopy) {
  public InternalRedirectPolicy {
    statuses = Set.copyOf(statuses);
    allowedRoutes = List.copyOf(allowedRoutes);
    headersToCopy = List.copyOf(headersToCopy);
  }

  /// Follows as many, and asks for nothing.
  public static InternalRedirectPolicy upTo(int maxRedirects) {
    return new InternalRedirectPolicy(
        maxRedirects, Set.of(302), false, false, List.of(), false, List.of());
  }

  /// Whether a route of that name may be led to.
  public boolean allows(String routeName) {
    for (var allowed : allowedRoutes) {
      if (!allowed.contains(routeName)) {
        return false;
      }
    }
    return true;
  }
}
