package dev.outrider.proxy.cluster;

import java.util.List;
import java.util.Map;

/// The endpoints of one cluster as configured (Envoy endpoint.v3.ClusterLoadAssignment).
///
/// @param clusterName the EDS name, which may differ from the name of the cluster that uses it
public record Assignment(String clusterName, List<EndpointSpec> endpoints, SpreadPolicy policy) {

  public Assignment {
    endpoints = List.copyOf(endpoints);
  }

  /// The same with other endpoints.
  public Assignment with(List<EndpointSpec> others) {
    return new Assignment(clusterName, others, policy);
  }

  public Assignment(String clusterName, List<EndpointSpec> endpoints) {
    this(clusterName, endpoints, SpreadPolicy.DEFAULT);
  }

  /// @param overprovisioningFactor percent
  public Assignment(String clusterName, List<EndpointSpec> endpoints, int overprovisioningFactor) {
    this(clusterName, endpoints, new SpreadPolicy(overprovisioningFactor, false, 0, Map.of()));
  }
}
