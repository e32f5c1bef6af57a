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
    this(address, hostname, weight, priority, locality, edsHealth, EndpointMetadata.NONE, shared);
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
        shared);
  }

  /// Whether requests go here in normal times: the control plane's word and our own health bits.
  public boolean healthy() {
    return edsHealth.healthy() && shared.healthBits() == 0;
  }

  boolean describes(EndpointSpec spec) {
    return hostname.equals(spec.hostname())
        && weight == spec.weight()
        && priority == spec.priority()
        && locality.equals(spec.locality())
        && edsHealth == spec.health()
        && metadata.equals(spec.metadata());
  }
}
