package dev.outrider.proxy.health;

/// Why a check failed (Envoy `data.core.v3.HealthCheckFailureType`).
public enum FailureKind {
  /// The host said so.
  ACTIVE,
  /// A request of somebody else found out.
  PASSIVE,
  NETWORK,
  NETWORK_TIMEOUT;

  boolean network() {
    return this == NETWORK || this == NETWORK_TIMEOUT;
  }
}
