package dev.outrider.proxy.config;

import dev.outrider.proxy.routing.ScopeKey;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The scopes of routes that a control plane keeps for connection managers (SRDS).
public record ScopeTable(Map<ScopeKey, RouteSource.Sole> scopes) {
  public ScopeTable {
    scopes = Map.copyOf(scopes);
  }

  /// Null if no scope has the key.
  public RouteSource.@Nullable Sole find(ScopeKey key) {
    return scopes.get(key);
  }
}
