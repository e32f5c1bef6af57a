package dev.outrider.proxy.cluster;

/// The health that the control plane gives an endpoint (Envoy core.v3.HealthStatus).
public enum HealthStatus {
  UNKNOWN,
  HEALTHY,
  UNHEALTHY,
  DRAINING,
  TIMEOUT,
  DEGRADED;

  /// Unknown counts as healthy.
  public boolean healthy() {
    return this == UNKNOWN || this == HEALTHY;
  }

  /// The word that `/clusters` shows in `health_flags`.
  public String flag() {
    return switch (this) {
      case UNKNOWN, HEALTHY -> "healthy";
      case UNHEALTHY, TIMEOUT -> "/failed_eds_health";
      case DRAINING -> "/eds_status_draining";
      case DEGRADED -> "/degraded_eds_health";
    };
  }
}
