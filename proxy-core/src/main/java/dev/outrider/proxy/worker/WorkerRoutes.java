package dev.outrider.proxy.worker;

import dev.outrider.proxy.config.ConfigChange;
import dev.outrider.proxy.config.RouteDemands;
import dev.outrider.proxy.config.ScopeTable;
import dev.outrider.proxy.downstream.RouteTables;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.routing.ScopeKey;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The route tables of one worker, and its scopes. Belongs to its loop.
final class WorkerRoutes implements RouteTables {
  private final Map<String, RouteTable> tables = new HashMap<>();
  private final Map<String, ScopeTable> scopes = new HashMap<>(0);
  private final Loop loop;
  private @Nullable Asked asked;

  /// Who is asked for tables, and where.
  private record Asked(Loop mainLoop, RouteDemands demands) {}

  WorkerRoutes(Loop loop) {
    this.loop = loop;
  }

  /// Says who is asked for tables that are wanted.
  ///
  /// @param mainLoop where it is asked
  void ask(Loop mainLoop, RouteDemands demands) {
    asked = new Asked(mainLoop, demands);
  }

  @Override
  public @Nullable RouteTable find(String name) {
    return tables.get(name);
  }

  @Override
  public @Nullable ScopeTable scopes(String name) {
    return scopes.get(name);
  }

  @Override
  public void demand(String name, ScopeKey key, Consumer<Boolean> done) {
    var whom = asked;
    if (whom == null) {
      loop.execute(() -> done.accept(false));
      return;
    }
    Consumer<Boolean> here = found -> loop.execute(() -> done.accept(found));
    whom.mainLoop.execute(() -> whom.demands.demand(name, key, here));
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
