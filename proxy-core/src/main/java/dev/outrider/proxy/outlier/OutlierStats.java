package dev.outrider.proxy.outlier;

import dev.outrider.proxy.metrics.StatTemplate;
import java.util.EnumMap;
import java.util.Map;

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

  private static final Map<EjectionType, Integer> DETECTED = new EnumMap<>(EjectionType.class);
  private static final Map<EjectionType, Integer> ENFORCED = new EnumMap<>(EjectionType.class);

  static {
    for (var type : EjectionType.values()) {
      DETECTED.put(type, STATS.counter("ejections_detected_" + name(type)));
      ENFORCED.put(type, STATS.counter("ejections_enforced_" + name(type)));
    }
    STATS.counter("ejections_detected_degradation"); // by what is not configured here
  }

  static final StatTemplate TEMPLATE = STATS.template();

  private OutlierStats() {}

  static int detected(EjectionType type) {
    return DETECTED.getOrDefault(type, 0);
  }

  static int enforced(EjectionType type) {
    return ENFORCED.getOrDefault(type, 0);
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
