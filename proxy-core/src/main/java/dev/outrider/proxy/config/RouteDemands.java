package dev.outrider.proxy.config;

import dev.outrider.proxy.routing.ScopeKey;
import java.util.function.Consumer;

/// Asks the control plane for route tables, and for virtual hosts of them, that are asked for only
/// when a request wants them (Envoy `ScopedRouteConfiguration.on_demand`, VHDS). Main loop only.
@FunctionalInterface
public interface RouteDemands {

  /// Asks for the table of a scope, if nobody has.
  ///
  /// @param scopes handle of all the scopes, as named by [RouteSource.Discovered]
  /// @param done told on the main loop: true = every worker has the table, false = there is no such
  ///   scope, or no longer; not told as long as the control plane is silent
  void demand(String scopes, ScopeKey key, Consumer<Boolean> done);

  /// Asks for the virtual host of a table that asks for such (Envoy VHDS), if nobody has.
  ///
  /// @param table as named by [RouteSource.Rds]
  /// @param host as the request names it, in lower case
  /// @param done told on the main loop: true = every worker has what the control plane said of it,
  ///   which may be that there is none; false = the table has no such virtual hosts any more; not
  ///   told as long as the control plane is silent
  default void demandHost(String table, String host, Consumer<Boolean> done) {
    done.accept(false);
  }
}
