package dev.outrider.proxy.xds;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.EndpointMetadata;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HealthStatus;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.cluster.Metadata;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import java.util.ArrayList;
import java.util.List;

/// Reads `endpoint.v3.ClusterLoadAssignment`.
final class EndpointParser {

  private EndpointParser() {}

  static Assignment parse(ClusterLoadAssignment message, Scope scope) {
    scope.refuse(message.getNamedEndpointsCount() > 0, "named_endpoints");
    var endpoints = new ArrayList<EndpointSpec>();
    for (var i = 0; i < message.getEndpointsCount(); i++) {
      locality(message.getEndpoints(i), scope.item("endpoints", i), endpoints);
    }
    var policy = message.getPolicy();
    var overprovisioning =
        policy.hasOverprovisioningFactor()
            ? policy.getOverprovisioningFactor().getValue()
            : Assignment.DEFAULT_OVERPROVISIONING;
    return new Assignment(message.getClusterName(), endpoints, overprovisioning);
  }

  private static void locality(
      LocalityLbEndpoints group, Scope scope, List<EndpointSpec> endpoints) {
    scope.refuse(group.hasLedsClusterLocalityConfig(), "leds_cluster_locality_config");
    var message = group.getLocality();
    var locality =
        group.hasLocality()
            ? new Locality(message.getRegion(), message.getZone(), message.getSubZone())
            : Locality.NONE;
    var metadata = MetadataParser.parse(group.getMetadata());
    for (var i = 0; i < group.getLbEndpointsCount(); i++) {
      var item = scope.item("lb_endpoints", i);
      endpoints.add(
          endpoint(group.getLbEndpoints(i), group.getPriority(), locality, metadata, item));
    }
  }

  private static EndpointSpec endpoint(
      LbEndpoint message, int priority, Locality locality, Metadata ofLocality, Scope scope) {
    scope.refuse(!message.getEndpointName().isEmpty(), "endpoint_name");
    var endpoint = message.getEndpoint();
    var address = Addresses.parse(endpoint.getAddress(), scope.field("endpoint.address"));
    scope.refuse(endpoint.getAdditionalAddressesCount() > 0, "endpoint.additional_addresses");
    return new EndpointSpec(
        address,
        endpoint.getHostname(),
        message.hasLoadBalancingWeight()
            ? Math.max(1, Scope.clamp(message.getLoadBalancingWeight().getValue()))
            : 1,
        priority,
        locality,
        health(message, scope),
        EndpointMetadata.of(
            MetadataParser.parse(message.getMetadata()),
            ofLocality,
            LbMetadataParser.parse(message.getMetadata())));
  }

  private static HealthStatus health(LbEndpoint message, Scope scope) {
    return switch (message.getHealthStatus()) {
      case UNKNOWN -> HealthStatus.UNKNOWN;
      case HEALTHY -> HealthStatus.HEALTHY;
      case UNHEALTHY -> HealthStatus.UNHEALTHY;
      case DRAINING -> HealthStatus.DRAINING;
      case TIMEOUT -> HealthStatus.TIMEOUT;
      case DEGRADED -> HealthStatus.DEGRADED;
      case UNRECOGNIZED -> {
        scope.problem("health_status", "unknown value " + message.getHealthStatusValue());
        yield HealthStatus.UNKNOWN;
      }
    };
  }
}
