package dev.outrider.proxy.outlier;

import dev.outrider.proxy.metrics.StatTemplate;

/// What is counted under `cluster.<name>.outlier_detection.`
final class OutlierStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  static final int EJECTIONS_ACTIVE = STATS.gauge("ejections_active");
  static final int EJECTIONS_OVERFLOW = STATS.counter("ejections_overflow");
  static final int EJECTIONS_ENFORCED_TOTAL = STATS.counter("ejections_enforced_total");

  // Deprecated, and still there.
  static final int EJECTIONS_TOTAL = STATS.counter("ejections_total");
  static final int EJECTIONS_CONSECUTIVE_5XX = STATS.counter("ejections_consecutive_5xx");
  static final int EJECTIONS_SUCCESS_RATE = STATS.counter("ejections_success_rate");

  private static final int[] DETECTED = new int[EjectionType.values().length];
  private static final int[] ENFORCED = new int[EjectionType.values().length];

  static {
    for (var type : EjectionType.values()) {
      DETECTED[type.ordinal()] = STATS.counter("ejections_detected_" + name(type));
      ENFORCED[type.ordinal()] = STATS.counter("ejections_enforced_" + name(type));
    }
    STATS.counter("ejections_detected_degradation"); // by what is not configured here
  }

  static final StatTemplate TEMPLATE = STATS.template();

  private OutlierStats() {}

  static int detected(EjectionType type) {
    return DETECTED[type.ordinal()];
  }

  static int enforced(EjectionType type) {
    return ENFORCED[type.ordinal()];
  }

  private static String name(EjectionType type) {
    return switch (type) {
      case CONSECUTIVE_5XX -> "consecutive_5xx";
      case CONSECUTIVE_GATEWAY_FAILURE -> "consecutive_gateway_failure";
      case SUCCESS_RATE -> "success_rate";
      case CONSECUTIVE_LOCAL_ORIGIN_FAILURE -> "consecutive_local_origin_failure";
      case SUCCESS_RATE_LOCAL_ORIGIN -> "local_origin_success_rate";
      case FAILURE_PERCENTAGE -> "failure_percentage";
      case FAILURE_PERCENTAGE_LOCAL_ORIGIN -> "local_origin_failure_percentage";
    };
  }
}
