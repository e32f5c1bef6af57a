package dev.outrider.proxy.cluster;

/// One endpoint of a cluster as the data path sees it. Immutable but for its shared counters.
///
/// Compared by identity of `shared` and equality of the rest: an unchanged endpoint is the same
/// object after an update.
public record Endpoint(
    HostPort address,
    String hostname,
    int weight,
    int priority,
    Locality locality,
    HealthStatus edsHealth,
    EndpointMetadata metadata,
    EndpointCheck check,
    EndpointAccess access,
    HostShared shared) {

  /// Of which nothing is said.
  public Endpoint(
      HostPort address,
      String hostname,
      int weight,
      int priority,
      Locality locality,
      HealthStatus edsHealth,
      HostShared shared) {
    this(
        address,
        hostname,
        weight,
        priority,
        locality,
        edsHealth,
        EndpointMetadata.NONE,
        EndpointCheck.USUAL,
        EndpointAccess.DEFAULT,
        shared);
  }

  static Endpoint of(EndpointSpec spec, HostShared shared) {
    return new Endpoint(
        spec.address(),
        spec.hostname(),
        spec.weight(),
        spec.priority(),
        spec.locality(),
        spec.health(),
        spec.metadata(),
        spec.check(),
        spec.access(),
        shared);
  }

  /// What the control plane and our own checks say against it, as a set of [HealthFlag].
  public int healthFlags() {
    return edsHealth.flags() | shared.healthFlags();
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
    return !check.disabled()
        && !HealthFlag.FAILED_ACTIVE_HC.in(flags)
        && !HealthFlag.FAILED_EDS_HEALTH.in(flags);
  }

  /// Whether it stayed for its fitness alone, and has lost it.
  boolean lost() {
    var flags = healthFlags();
    return HealthFlag.PENDING_DYNAMIC_REMOVAL.in(flags) && HealthFlag.FAILED_ACTIVE_HC.in(flags);
  }

  boolean describes(EndpointSpec spec) {
    return hostname.equals(spec.hostname())
        && weight == spec.weight()
        && priority == spec.priority()
        && locality.equals(spec.locality())
        && edsHealth == spec.health()
        && metadata.equals(spec.metadata())
        && check.equals(spec.check())
        && access.equals(spec.access());
  }
}
