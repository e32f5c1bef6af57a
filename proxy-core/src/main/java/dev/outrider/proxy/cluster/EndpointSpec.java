package dev.outrider.proxy.cluster;

import java.util.List;

/// One endpoint as configured, before it has shared counters (Envoy endpoint.v3.LbEndpoint).
///
/// @param address of an endpoint that is to be resolved: a name and a port
/// @param hostname empty where not given
/// @param weight 1..2^31-1; 1 where not given
/// @param priority 0 is asked first
public record EndpointSpec(
    HostPort address,
    String hostname,
    int weight,
    int priority,
    Locality locality,
    HealthStatus health,
    EndpointMetadata metadata,
    EndpointCheck check,
    EndpointAccess access) {

  /// Checked and reached as usual.
  public EndpointSpec(
      HostPort address,
      String hostname,
      int weight,
      int priority,
      Locality locality,
      HealthStatus health,
      EndpointMetadata metadata) {
    this(
        address,
        hostname,
        weight,
        priority,
        locality,
        health,
        metadata,
        EndpointCheck.USUAL,
        EndpointAccess.DEFAULT);
  }

  /// Of which nothing is said.
  public EndpointSpec(
      HostPort address,
      String hostname,
      int weight,
      int priority,
      Locality locality,
      HealthStatus health) {
    this(address, hostname, weight, priority, locality, health, EndpointMetadata.NONE);
  }

  /// A healthy endpoint of weight 1 and priority 0.
  public EndpointSpec(HostPort address) {
    this(address, "", 1, 0, Locality.NONE, HealthStatus.UNKNOWN);
  }

  /// What this name stands for; it goes on as the host's name where no other is given.
  public EndpointSpec resolvedTo(HostPort resolved, List<HostPort> further) {
    return new EndpointSpec(
        resolved,
        hostname.isEmpty() ? address.host() : hostname,
        weight,
        priority,
        locality,
        health,
        metadata,
        check.at(address, resolved),
        EndpointAccess.of(further).saying(access.tlvs()));
  }

  /// The same of another priority.
  public EndpointSpec atPriority(int newPriority) {
    return new EndpointSpec(
        address, hostname, weight, newPriority, locality, health, metadata, check, access);
  }

  /// The same in another place.
  public EndpointSpec in(int newPriority, Locality newLocality, EndpointMetadata newMetadata) {
    return new EndpointSpec(
        address, hostname, weight, newPriority, newLocality, health, newMetadata, check, access);
  }

  /// The same, reached in another way.
  public EndpointSpec reached(EndpointAccess newAccess) {
    return new EndpointSpec(
        address, hostname, weight, priority, locality, health, metadata, check, newAccess);
  }
}
