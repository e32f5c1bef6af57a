package dev.outrider.proxy.xds.resource;

import dev.outrider.proxy.config.ResourceSource;
import dev.outrider.proxy.xds.resource.Resource.InitTarget;
import org.jspecify.annotations.Nullable;

/// Scopes of routes as connection managers use them: all that come from one place, with the tables
/// that they name from another.
///
/// @param scopes what all of them come as
/// @param routes where tables come from that scopes name; null = from the control plane
/// @param routesTimeoutMillis how long the first tables are waited for; 0 = for ever
/// @param statPrefix of the connection manager
/// @param name of the scopes
public record ScopesUse(
    InitTarget scopes,
    @Nullable ResourceSource routes,
    long routesTimeoutMillis,
    String statPrefix,
    String name) {

  /// What all scopes that come from one place are known by.
  public static ResourceKey all(@Nullable ResourceSource source) {
    return new ResourceKey(ResourceKind.SCOPE, "", source);
  }

  /// A table that a scope names.
  public InitTarget table(String table) {
    return new InitTarget(
        new ResourceKey(ResourceKind.ROUTES, table, routes), false, routesTimeoutMillis);
  }

  /// What workers know the scopes by.
  public String handle() {
    var named = statPrefix + ".scoped_rds." + name;
    return new ResourceKey(ResourceKind.SCOPE, named, scopes.key().source()).handle()
        + " "
        + table("").key().handle();
  }

  /// The subscription, for its statistics.
  Subscriptions.Owned subscription() {
    return new Subscriptions.Owned(statPrefix + ".scoped_rds." + name, scopes.key());
  }

  /// Of a table that a scope names.
  public Subscriptions.Owned subscription(ResourceKey table) {
    return new Subscriptions.Owned(statPrefix + ".rds." + table.name(), table);
  }
}
