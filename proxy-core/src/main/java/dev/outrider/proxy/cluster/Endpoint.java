package dev.outrider.proxy.cluster;

/// One endpoint of a cluster as the data path sees it. Immutable but for its shared counters.
///
/// Compared by identity of `shared` and equality of the rest: an unchanged endpoint is the same
/// object after an update.
///
/// @param spec what is configured, as the assignment holds it
public record Endpoint(EndpointSpec spec, HostShared shared) {

  public HostPort address() {
    return spec.address();
  }

  public String hostname() {
    return spec.hostname();
  }

  public int weight() {
    return spec.weight();
  }

  public int priority() {
    return spec.priority();
  }

  public Locality locality() {
    return spec.locality();
  }

  public HealthStatus edsHealth() {
    return spec.health();
  }

  public EndpointMetadata metadata() {
    return spec.metadata();
  }

  public EndpointCheck check() {
    return spec.check();
  }

  public EndpointAccess access() {
    return spec.access();
  }

  /// What the control plane and our own checks say against it, as a set of [HealthFlag].
  public int healthFlags() {
    return edsHealth().flags() | shared.healthFlags();
  }

  /// Whether requests go here in normal times.
  public boolean healthy() {
    return HealthFlag.healthy(healthFlags());
  }

  /// Whether requests go here when there are not enough healthy ones.
  public boolean degraded() {
    return HealthFlag.degraded(healthFlags());
  }

  /// Whether it counts for nothing when shares are worked out; in panic it is used all the same.
  public boolean excluded() {
    return HealthFlag.excluded(healthFlags());
  }

  /// Whether it stays, if it is not named any more, for its fitness.
  boolean staysUnnamed() {
    var flags = healthFlags();
    return !check().disabled()
        && !HealthFlag.FAILED_ACTIVE_HC.in(flags)
        && !HealthFlag.FAILED_EDS_HEALTH.in(flags);
  }

  /// Whether it stayed for its fitness alone, and has lost it.
  boolean lost() {
    var flags = healthFlags();
    return HealthFlag.PENDING_DYNAMIC_REMOVAL.in(flags) && HealthFlag.FAILED_ACTIVE_HC.in(flags);
  }
}
