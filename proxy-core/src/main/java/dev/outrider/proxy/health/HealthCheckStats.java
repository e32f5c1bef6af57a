package dev.outrider.proxy.health;

import dev.outrider.proxy.metrics.StatTemplate;

/// What is counted under `cluster.<name>.health_check.`
final class HealthCheckStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  static final int ATTEMPT = STATS.counter("attempt");
  static final int SUCCESS = STATS.counter("success");
  static final int FAILURE = STATS.counter("failure");
  static final int NETWORK_FAILURE = STATS.counter("network_failure");
  static final int PASSIVE_FAILURE = STATS.counter("passive_failure");
  static final int VERIFY_CLUSTER = STATS.counter("verify_cluster");
  static final int HEALTHY = STATS.gauge("healthy");
  static final int DEGRADED = STATS.gauge("degraded");

  static final StatTemplate TEMPLATE = STATS.template();

  private HealthCheckStats() {}
}
