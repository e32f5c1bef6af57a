package dev.outrider.proxy.xds.cluster;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.DnsOptions;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.xds.core.Addresses;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.extensions.clusters.aggregate.v3.ClusterConfig;
import io.envoyproxy.envoy.extensions.clusters.dns.v3.DnsCluster;
import java.util.List;

/// Reads where the endpoints of a cluster come from: `type`, or the extension `cluster_type`, by
/// its message or, where that is missing, by its name.
final class DiscoveryParser {
  private static final String DNS = "envoy.extensions.clusters.dns.v3.DnsCluster";

  private static final String AGGREGATE = "envoy.extensions.clusters.aggregate.v3.ClusterConfig";
  private static final long CLEANUP_MILLIS = 5_000;

  private final Cluster message;
  private final Scope scope;

  private final DnsCacheParser dnsCaches;

  private DiscoveryParser(Cluster message, DnsCacheParser dnsCaches, Scope scope) {
    this.message = message;
    this.dnsCaches = dnsCaches;
    this.scope = scope;
  }

  static Discovery parse(Cluster message, DnsCacheParser dnsCaches, Scope scope) {
    var parser = new DiscoveryParser(message, dnsCaches, scope);
    return message.hasClusterType() ? parser.extension() : parser.byType();
  }

  /// Whether its endpoints come over EDS, whichever way that is said.
  static boolean isEds(Cluster message) {
    return message.hasClusterType()
        ? message.getClusterType().getName().equals("envoy.cluster.eds")
            && !message.getClusterType().hasTypedConfig()
        : message.getType() == Cluster.DiscoveryType.EDS;
  }

  /// The name that endpoints are asked for by.
  static String service(Cluster message) {
    var service = message.getEdsClusterConfig().getServiceName();
    return service.isEmpty() ? message.getName() : service;
  }

  private Discovery byType() {
    return switch (message.getType()) {
      case STATIC -> fixed();
      case EDS -> eds();
      case STRICT_DNS -> named(DnsOptionsParser.parse(message, false, scope));
      case LOGICAL_DNS -> named(DnsOptionsParser.parse(message, true, scope));
      case ORIGINAL_DST -> originalDst();
      case UNRECOGNIZED -> {
        scope.problem("type", "unknown value " + message.getTypeValue());
        yield none();
      }
    };
  }

  private Discovery extension() {
    var extension = message.getClusterType();
    var place = scope.field("cluster_type");
    if (!extension.hasTypedConfig()) {
      return byName(extension.getName(), place);
    }
    var type = ProviderRegistry.typeName(extension.getTypedConfig().getTypeUrl());
    try {
      if (type.equals(DNS)) {
        var dns = DnsCluster.parseFrom(extension.getTypedConfig().getValue());
        return named(DnsOptionsParser.parse(dns, place.field("typed_config")));
      }
      if (type.equals(AGGREGATE)) {
        refuseEdsConfig();
        requireOwnChoice();
        return new Discovery.Aggregate(
            ClusterConfig.parseFrom(extension.getTypedConfig().getValue()).getClustersList());
      }
      if (type.equals(ForwardClusterParser.TYPE)) {
        refuseEdsConfig();
        requireOwnChoice();
        var cache =
            ForwardClusterParser.parse(message, dnsCaches, scope, place.field("typed_config"));
        return cache == null ? none() : new Discovery.DynamicForward(cache);
      }
      place.problem(
          "Didn't find a registered cluster factory implementation for type: '%s'".formatted(type));
    } catch (InvalidProtocolBufferException e) {
      place.problem("typed_config", String.valueOf(e.getMessage()));
    }
    return none();
  }

  private void requireOwnChoice() {
    if (message.getLbPolicy() != Cluster.LbPolicy.CLUSTER_PROVIDED) {
      scope.problem(
          "cluster manager: cluster provided LB not specified but cluster '%s' provided one. Check cluster documentation."
              .formatted(message.getName()));
    }
  }

  private Discovery byName(String name, Scope place) {
    return switch (name) {
      case "envoy.cluster.static" -> fixed();
      case "envoy.cluster.eds" -> eds();
      case "envoy.cluster.original_dst" -> originalDst();
      case "envoy.cluster.strict_dns" -> named(DnsOptionsParser.parse(message, false, scope));
      case "envoy.cluster.logical_dns" -> named(DnsOptionsParser.parse(message, true, scope));
      default -> {
        place.problem(
            "Didn't find a registered cluster factory implementation for name: '%s'"
                .formatted(name));
        yield none();
      }
    };
  }

  /// In place of one that cannot be had; the cluster is refused.
  private Discovery none() {
    return new Discovery.Eds(message.getName());
  }

  private Discovery fixed() {
    refuseEdsConfig();
    LocalityParser.refuseCollections(message.getLoadAssignment(), scope.field("load_assignment"));
    return new Discovery.Static(
        EndpointParser.parse(
            message.getLoadAssignment(), Addresses::parse, scope.field("load_assignment")));
  }

  private Discovery eds() {
    if (!message.hasEdsClusterConfig()) {
      scope.problem("eds_cluster_config", "is required for a cluster of type EDS");
    }
    scope.refuse(message.hasLoadAssignment(), "load_assignment");
    return new Discovery.Eds(service(message));
  }

  private Discovery named(DnsOptions options) {
    refuseEdsConfig();
    LocalityParser.refuseCollections(message.getLoadAssignment(), scope.field("load_assignment"));
    var names =
        EndpointParser.parse(
            message.getLoadAssignment(), Addresses::name, scope.field("load_assignment"));
    return new Discovery.Dns(options.singleEndpoint() ? single(names) : names, options);
  }

  /// As in Envoy it has priority 0, whatever is said.
  private Assignment single(Assignment names) {
    if (names.endpoints().size() != 1) {
      scope.problem(
          message.hasLoadAssignment()
              ? "LOGICAL_DNS clusters must have a single locality_lb_endpoint and a single"
                  + " lb_endpoint"
              : "LOGICAL_DNS clusters must have a single host");
      return names;
    }
    EndpointSpec only = names.endpoints().getFirst();
    return names.with(List.of(only.priority() == 0 ? only : only.atPriority(0)));
  }

  private Discovery originalDst() {
    refuseEdsConfig();
    if (message.getLbPolicy() != Cluster.LbPolicy.CLUSTER_PROVIDED) {
      scope.problem(
          "cluster: LB policy %s is not valid for Cluster type %s. Only 'CLUSTER_PROVIDED' is allowed with cluster type 'ORIGINAL_DST'"
              .formatted(message.getLbPolicy(), message.getType()));
    }
    if (message.hasLoadAssignment()) {
      scope.problem("ORIGINAL_DST clusters must have no load assignment configured");
    }
    var config = message.getOriginalDstLbConfig();
    var place = scope.field("original_dst_lb_config");
    place.refuse(config.hasMetadataKey(), "metadata_key");
    if (!config.getUseHttpHeader() && !config.getHttpHeaderName().isEmpty()) {
      scope.problem(
          "ORIGINAL_DST cluster: invalid config http_header_name=%s and use_http_header is false. Set use_http_header to true if http_header_name is desired."
              .formatted(config.getHttpHeaderName()));
    }
    return new Discovery.OriginalDst(
        config.getUseHttpHeader() ? header(config.getHttpHeaderName()) : null,
        config.getUpstreamPortOverride().getValue(),
        message.hasCleanupInterval()
            ? Math.max(1, scope.millis("cleanup_interval", message.getCleanupInterval()))
            : CLEANUP_MILLIS);
  }

  private static HeaderName header(String name) {
    return HeaderName.of(name.isEmpty() ? "x-envoy-original-dst-host" : name);
  }

  private void refuseEdsConfig() {
    if (message.hasEdsClusterConfig()) {
      scope.problem("eds_cluster_config", "Cannot set EDS cluster config in a non-EDS cluster");
    }
  }
}
