package dev.outrider.proxy.config;

import dev.outrider.proxy.routing.RouteTable;

/// Where a connection manager finds its routes.
public sealed interface RouteSource {

  /// The table is part of the listener.
  record Inline(RouteTable table) implements RouteSource {}

  /// The table has its own life: look up `name` among the worker's current routes when a stream
  /// starts. While it is missing every request is answered 404.
  record Rds(String name) implements RouteSource {}
}
