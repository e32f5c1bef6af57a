package dev.outrider.proxy.network.connection_limit;

import dev.outrider.proxy.metrics.StatTemplate;

/// What the filter counts, under `connection_limit.<stat_prefix>.` with Envoy's names.
final class ConnectionLimitStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  static final int ACTIVE_CONNECTIONS = STATS.gauge("active_connections");
  static final int LIMITED_CONNECTIONS = STATS.counter("limited_connections");

  static final StatTemplate TEMPLATE = STATS.template();

  private ConnectionLimitStats() {}
}
