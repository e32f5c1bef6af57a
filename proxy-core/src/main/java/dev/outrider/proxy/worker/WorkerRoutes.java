package dev.outrider.proxy.worker;

import dev.outrider.proxy.config.ConfigChange;
import dev.outrider.proxy.config.ScopeTable;
import dev.outrider.proxy.downstream.RouteTables;
import dev.outrider.proxy.routing.RouteTable;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The route tables of one worker, and its scopes. Belongs to its loop.
final class WorkerRoutes implements RouteTables {
  private final Map<String, RouteTable> tables = new HashMap<>();
  private final Map<String, ScopeTable> scopes = new HashMap<>(0);

  @Override
  public @Nullable RouteTable find(String name) {
    return tables.get(name);
  }

  @Override
  public @Nullable ScopeTable scopes(String name) {
    return scopes.get(name);
  }

  /// A scope never leads to a table that is still to come with the same change.
  void add(ConfigChange change) {
    tables.putAll(change.routes().updated());
    scopes.putAll(change.scopes().updated());
  }

  void remove(ConfigChange change) {
    change.scopes().removed().forEach(scopes::remove);
    change.routes().removed().forEach(tables::remove);
  }
}
