package dev.outrider.proxy.worker;

import dev.outrider.proxy.config.ConfigChange;
import dev.outrider.proxy.config.RouteDemands;
import dev.outrider.proxy.config.ScopeTable;
import dev.outrider.proxy.downstream.RouteTables;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.routing.ScopeKey;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The route tables of one worker, and its scopes. Belongs to its loop.
final class WorkerRoutes implements RouteTables {
  private final Map<String, RouteTable> tables = new HashMap<>();
  private final Map<String, ScopeTable> scopes = new HashMap<>(0);
  private final Loop loop;
  private @Nullable Asked asked;

  /// Who waits for what: asked for once, however many wait.
  private final Map<Demand, Set<Consumer<Boolean>>> waiting = new HashMap<>(0);

  /// For a table, or for a virtual host of one.
  ///
  /// @param name of the scopes, or of the table
  /// @param key of the scope; null = a virtual host is wanted
  /// @param host the virtual host; empty = a table is wanted
  private record Demand(String name, @Nullable ScopeKey key, String host) {}

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
  public @Nullable Runnable demand(String name, ScopeKey key, Consumer<Boolean> done) {
    return await(
        new Demand(name, key, ""), done, (demands, here) -> demands.demand(name, key, here));
  }

  @Override
  public @Nullable Runnable demandHost(String table, String host, Consumer<Boolean> done) {
    return await(
        new Demand(table, null, host),
        done,
        (demands, here) -> demands.demandHost(table, host, here));
  }

  private @Nullable Runnable await(
      Demand wanted, Consumer<Boolean> done, BiConsumer<RouteDemands, Consumer<Boolean>> ask) {
    var whom = asked;
    if (whom == null) {
      return null;
    }
    var known = waiting.get(wanted);
    var all = known == null ? new LinkedHashSet<Consumer<Boolean>>() : known;
    all.add(done);
    if (known == null) {
      waiting.put(wanted, all);
      Consumer<Boolean> here = found -> loop.execute(() -> answer(wanted, found));
      whom.mainLoop.execute(() -> ask.accept(whom.demands, here));
    }
    return () -> all.remove(done);
  }

  private void answer(Demand wanted, boolean found) {
    var all = waiting.remove(wanted);
    if (all != null) {
      List.copyOf(all).forEach(done -> done.accept(found));
    }
  }

  /// A scope never leads to a table that is still to come with the same change.
  void add(ConfigChange change) {
    tables.putAll(change.routes().updated());
    scopes.putAll(change.scopes().updated());
  }

  void remove(ConfigChange change) {
    scopes.keySet().removeAll(change.scopes().removed());
    tables.keySet().removeAll(change.routes().removed());
  }
}
