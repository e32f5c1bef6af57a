package dev.outrider.proxy.config;

import dev.outrider.proxy.routing.ScopeKey;
import java.util.function.Consumer;

/// Asks the control plane for route tables that are asked for only when a request wants them (Envoy
/// `ScopedRouteConfiguration.on_demand`). Main loop only.
@FunctionalInterface
public interface RouteDemands {

  /// Asks for the table of a scope, if nobody has.
  ///
  /// @param scopes handle of all the scopes, as named by [RouteSource.Discovered]
  /// @param done told on the main loop: true = every worker has the table, false = there is no such
  ///   scope, or no longer; not told as long as the control plane is silent
  void demand(String scopes, ScopeKey key, Consumer<Boolean> done);
}
