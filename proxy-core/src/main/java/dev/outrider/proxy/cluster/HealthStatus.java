package dev.outrider.proxy.cluster;

/// The health that the control plane gives an endpoint (Envoy core.v3.HealthStatus).
public enum HealthStatus {
  UNKNOWN,
  HEALTHY,
  UNHEALTHY,
  DRAINING,
  TIMEOUT,
  DEGRADED;

  /// What it says against an endpoint, as a set of [HealthFlag]; unknown counts as healthy.
  int flags() {
    return switch (this) {
      case UNKNOWN, HEALTHY -> 0;
      case UNHEALTHY, TIMEOUT -> HealthFlag.FAILED_EDS_HEALTH.bit();
      case DRAINING -> HealthFlag.EDS_STATUS_DRAINING.bit();
      case DEGRADED -> HealthFlag.DEGRADED_EDS_HEALTH.bit();
    };
  }
}
