package dev.outrider.proxy.config;

import java.util.Map;

/// How many connections of clients there may be at a time.
///
/// @param all of all listeners; 0 = no limit (Envoy's resource monitor
///   `global_downstream_max_connections`, or the runtime key that came before it)
/// @param byListener by name (Envoy's runtime key
///   `envoy.resource_limits.listener.<name>.connection_limit`)
public record ConnectionLimits(long all, Map<String, Long> byListener) {
  public static final ConnectionLimits NONE = new ConnectionLimits(0, Map.of());

  public ConnectionLimits {
    byListener = Map.copyOf(byListener);
  }
}
