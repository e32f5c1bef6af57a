package dev.outrider.proxy.network.rbac;

import dev.outrider.proxy.metrics.StatTemplate;

/// What the filter counts, under `<stat_prefix>.rbac.` with Envoy's names.
final class RbacStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  static final int ALLOWED = STATS.counter("allowed");
  static final int DENIED = STATS.counter("denied");

  static final StatTemplate TEMPLATE = STATS.template();

  private static final StatTemplate.Definition SHADOW_STATS = StatTemplate.define();

  static final int SHADOW_ALLOWED = SHADOW_STATS.counter("shadow_allowed");
  static final int SHADOW_DENIED = SHADOW_STATS.counter("shadow_denied");

  static final StatTemplate SHADOW_TEMPLATE = SHADOW_STATS.template();

  private RbacStats() {}
}
