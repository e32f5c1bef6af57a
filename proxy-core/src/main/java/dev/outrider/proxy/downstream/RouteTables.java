package dev.outrider.proxy.downstream;

import dev.outrider.proxy.config.ScopeTable;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.routing.ScopeKey;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The route tables of one worker that have names of their own (RDS), and the scopes that lead to
/// them.
@FunctionalInterface
public interface RouteTables {
  /// The current table of that name; null if there is none yet.
  @Nullable RouteTable find(String name);

  /// The current scopes of that name; null if there are none yet.
  default @Nullable ScopeTable scopes(String name) {
    return null;
  }

  /// Has the table of a scope be asked for, if nobody has.
  ///
  /// @param done told later, on the worker's loop; see [dev.outrider.proxy.config.RouteDemands]
  /// @return has `done` not be told any more; null if nobody can be asked
  default @Nullable Runnable demand(String name, ScopeKey key, Consumer<Boolean> done) {
    return null;
  }

  /// Has a virtual host be asked for that a table does not have.
  ///
  /// @param done told later, on the worker's loop; see [dev.outrider.proxy.config.RouteDemands]
  /// @return has `done` not be told any more; null if nobody can be asked
  default @Nullable Runnable demandHost(String table, String host, Consumer<Boolean> done) {
    return null;
  }
}
