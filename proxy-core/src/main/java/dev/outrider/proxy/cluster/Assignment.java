package dev.outrider.proxy.cluster;

import java.util.List;

/// The endpoints of one cluster as configured (Envoy endpoint.v3.ClusterLoadAssignment).
///
/// @param clusterName the EDS name, which may differ from the name of the cluster that uses it
/// @param overprovisioningFactor percent; 140 where not given
public record Assignment(
    String clusterName, List<EndpointSpec> endpoints, int overprovisioningFactor) {
  public static final int DEFAULT_OVERPROVISIONING = 140;

  public Assignment {
    endpoints = List.copyOf(endpoints);
  }

  public Assignment(String clusterName, List<EndpointSpec> endpoints) {
    this(clusterName, endpoints, DEFAULT_OVERPROVISIONING);
  }
}
