package dev.outrider.proxy.config;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.routing.ScopeKey;
import dev.outrider.proxy.routing.ScopeKeyPart;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where a connection manager finds its routes.
public sealed interface RouteSource {

  /// One table.
  sealed interface Sole extends RouteSource {}

  /// The table is part of the listener.
  record Inline(RouteTable table) implements Sole {}

  /// The table has its own life: look up `name` among the worker's current routes when a stream
  /// starts. While it is missing every request is answered 404.
  record Rds(String name) implements Sole {}

  /// The request says which of several (Envoy `ScopedRoutes`). One without a scope is answered 404.
  ///
  /// @param key what its key is made of
  record Scoped(List<ScopeKeyPart> key, Map<ScopeKey, Sole> scopes) implements RouteSource {
    public Scoped {
      key = List.copyOf(key);
      scopes = Map.copyOf(scopes);
    }

    /// Null if there is no scope for the request.
    public @Nullable Sole find(HeaderMap head) {
      var own = ScopeKey.of(key, head);
      return own == null ? null : scopes.get(own);
    }
  }

  /// The request says which of several that a control plane keeps (Envoy `ScopedRds`): look up
  /// `name` among the worker's current [ScopeTable]s when the head is known.
  ///
  /// @param key what its key is made of
  record Discovered(List<ScopeKeyPart> key, String name) implements RouteSource {
    public Discovered {
      key = List.copyOf(key);
    }
  }
}
