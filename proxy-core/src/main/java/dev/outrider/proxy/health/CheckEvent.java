package dev.outrider.proxy.health;

import dev.outrider.proxy.cluster.Endpoint;
import org.jspecify.annotations.Nullable;

/// Something that a check has found (Envoy `data.core.v3.HealthCheckEvent`).
///
/// @param failure why it failed; null if it did not
/// @param first of this host, as far as the kind tells
public record CheckEvent(
    Kind kind,
    ProbeSpec probe,
    String cluster,
    Endpoint endpoint,
    @Nullable FailureKind failure,
    boolean first) {

  /// What it is.
  public enum Kind {
    /// The host is unfit from now on.
    EJECT,
    /// The host is fit from now on.
    ADD,
    FAILURE,
    SUCCESS,
    DEGRADED,
    NO_LONGER_DEGRADED
  }
}
