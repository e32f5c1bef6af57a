package dev.outrider.proxy.cluster;

/// One endpoint as configured, before it has shared counters (Envoy endpoint.v3.LbEndpoint).
///
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
    EndpointCheck check) {

  /// That is checked as usual.
  public EndpointSpec(
      HostPort address,
      String hostname,
      int weight,
      int priority,
      Locality locality,
      HealthStatus health,
      EndpointMetadata metadata) {
    this(address, hostname, weight, priority, locality, health, metadata, EndpointCheck.USUAL);
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
}
