package dev.outrider.proxy.xds.cluster;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.EndpointAccess;
import dev.outrider.proxy.cluster.EndpointCheck;
import dev.outrider.proxy.cluster.EndpointMetadata;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HealthStatus;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.LbMetadata;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.cluster.SpreadPolicy;
import dev.outrider.proxy.cluster.SpreadPolicy.LocalityPlace;
import dev.outrider.proxy.extension.LbMetadataReader;
import dev.outrider.proxy.xds.core.Addresses;
import dev.outrider.proxy.xds.core.MetadataParser;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reads `endpoint.v3.ClusterLoadAssignment`.
public final class EndpointParser {
  private static final long MOST_WEIGHT = 0xffff_ffffL;

  private EndpointParser() {}

  /// Reads an address, or a name in its place.
  interface AddressReader {
    HostPort read(Address message, Scope scope);
  }

  public static Assignment parse(ClusterLoadAssignment message, Scope scope) {
    return parse(message, Addresses::parse, scope);
  }

  public static Assignment parse(
      ClusterLoadAssignment message, AddressReader addresses, Scope scope) {
    scope.refuse(message.getNamedEndpointsCount() > 0, "named_endpoints");
    var endpoints = new ArrayList<EndpointSpec>();
    for (var i = 0; i < message.getEndpointsCount(); i++) {
      locality(message.getEndpoints(i), addresses, scope.item("endpoints", i), endpoints);
    }
    return new Assignment(message.getClusterName(), endpoints, policy(message, scope));
  }

  /// Of a collection, in no locality yet.
  public static EndpointSpec parse(LbEndpoint message, Scope scope) {
    return endpoint(message, Addresses::parse, 0, Locality.NONE, Metadata.NONE, scope);
  }

  private static SpreadPolicy policy(ClusterLoadAssignment message, Scope scope) {
    var policy = message.getPolicy();
    var weights = new HashMap<LocalityPlace, Integer>();
    for (var group : message.getEndpointsList()) {
      if (group.hasLocality() && group.hasLoadBalancingWeight()) {
        weights.put(
            new LocalityPlace(group.getPriority(), locality(group)),
            group.getLoadBalancingWeight().getValue());
      }
    }
    return new SpreadPolicy(
        policy.hasOverprovisioningFactor()
            ? Scope.clamp(policy.getOverprovisioningFactor().getValue())
            : SpreadPolicy.DEFAULT_OVERPROVISIONING,
        policy.getWeightedPriorityHealth(),
        dropRatio(policy, scope.field("policy")),
        weights);
  }

  private static double dropRatio(ClusterLoadAssignment.Policy policy, Scope scope) {
    if (policy.getDropOverloadsCount() == 0) {
      return 0;
    }
    if (policy.getDropOverloadsCount() > 1) {
      scope.problem(
          "drop_overloads",
          "Cluster drop_overloads config has %d categories. Envoy only support one."
              .formatted(policy.getDropOverloadsCount()));
    }
    var percent = policy.getDropOverloads(0).getDropPercentage();
    var numerator = Integer.toUnsignedLong(percent.getNumerator());
    var denominator =
        switch (percent.getDenominator()) {
          case HUNDRED, UNRECOGNIZED -> 100;
          case TEN_THOUSAND -> 10_000;
          case MILLION -> 1_000_000;
        };
    if (numerator > denominator) {
      scope.problem(
          "drop_overloads",
          "Cluster drop_overloads config is invalid. drop_ratio=%s(Numerator %d / Denominator %d). The valid range is 0~1."
              .formatted((float) numerator / denominator, numerator, denominator));
    }
    return Math.min(1, (double) numerator / denominator);
  }

  /// Ring hash and Maglev work with shares of the sums, which Envoy keeps in 32 bits.
  static void checkWeights(ClusterLoadAssignment message, Scope scope) {
    var hosts = new HashMap<Integer, Long>();
    var localities = new HashMap<Integer, Long>();
    for (var group : message.getEndpointsList()) {
      for (var endpoint : group.getLbEndpointsList()) {
        var weight = Integer.toUnsignedLong(endpoint.getLoadBalancingWeight().getValue());
        hosts.merge(group.getPriority(), Math.max(1, weight), Long::sum);
      }
      var weight = Integer.toUnsignedLong(group.getLoadBalancingWeight().getValue());
      localities.merge(group.getPriority(), weight, Long::sum);
    }
    refuseAbove(hosts, "upstream hosts in a locality", scope);
    refuseAbove(localities, "localities at the same priority", scope);
  }

  private static void refuseAbove(Map<Integer, Long> sums, String what, Scope scope) {
    if (sums.values().stream().anyMatch(sum -> sum > MOST_WEIGHT)) {
      scope.problem("The sum of weights of all %s exceeds %d".formatted(what, MOST_WEIGHT));
    }
  }

  static Locality locality(LocalityLbEndpoints group) {
    var message = group.getLocality();
    return group.hasLocality()
        ? new Locality(message.getRegion(), message.getZone(), message.getSubZone())
        : Locality.NONE;
  }

  private static void locality(
      LocalityLbEndpoints group,
      AddressReader addresses,
      Scope scope,
      List<EndpointSpec> endpoints) {
    var locality = locality(group);
    var metadata = group.hasMetadata() ? MetadataParser.parse(group.getMetadata()) : Metadata.NONE;
    for (var i = 0; i < group.getLbEndpointsCount(); i++) {
      var item = scope.item("lb_endpoints", i);
      endpoints.add(
          endpoint(
              group.getLbEndpoints(i), addresses, group.getPriority(), locality, metadata, item));
    }
  }

  private static EndpointSpec endpoint(
      LbEndpoint message,
      AddressReader addresses,
      int priority,
      Locality locality,
      Metadata ofLocality,
      Scope scope) {
    scope.refuse(!message.getEndpointName().isEmpty(), "endpoint_name");
    var endpoint = message.getEndpoint();
    var address = addresses.read(endpoint.getAddress(), scope.field("endpoint.address"));
    List<HostPort> further =
        endpoint.getAdditionalAddressesCount() == 0 ? List.of() : new ArrayList<>();
    for (var i = 0; i < endpoint.getAdditionalAddressesCount(); i++) {
      further.add(
          Addresses.ip(
              endpoint.getAdditionalAddresses(i).getAddress(),
              scope.item("endpoint.additional_addresses", i).field("address")));
    }
    return new EndpointSpec(
        address,
        endpoint.getHostname(),
        message.hasLoadBalancingWeight()
            ? Math.max(1, Scope.clamp(message.getLoadBalancingWeight().getValue()))
            : 1,
        priority,
        locality,
        health(message, scope),
        metadata(message, ofLocality),
        endpoint.hasHealthCheckConfig()
            ? check(endpoint, address, scope.field("endpoint.health_check_config"))
            : EndpointCheck.USUAL,
        EndpointAccess.of(further)
            .saying(
                message.hasMetadata()
                    ? ProxyHeaderParser.ofEndpoint(message.getMetadata(), scope)
                    : List.of()));
  }

  private static EndpointMetadata metadata(LbEndpoint message, Metadata ofLocality) {
    if (!message.hasMetadata()) {
      return EndpointMetadata.of(Metadata.NONE, ofLocality, LbMetadata.NONE);
    }
    return EndpointMetadata.of(
        MetadataParser.parse(message.getMetadata()),
        ofLocality,
        LbMetadataReader.read(message.getMetadata()));
  }

  /// A port alone is one of the endpoint's own address.
  private static EndpointCheck check(Endpoint endpoint, HostPort address, Scope scope) {
    var message = endpoint.getHealthCheckConfig();
    var asked =
        message.hasAddress() ? Addresses.parse(message.getAddress(), scope.field("address")) : null;
    var port = message.getPortValue();
    if (port < 0 || port > 65_535) {
      scope.problem("port_value", "value must be less than or equal to 65535");
    } else if (port > 0 && !address.isPipe()) {
      asked = new HostPort((asked == null ? address : asked).host(), port);
    }
    var check =
        new EndpointCheck(asked, message.getHostname(), message.getDisableActiveHealthCheck());
    return check.equals(EndpointCheck.USUAL) ? EndpointCheck.USUAL : check;
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
