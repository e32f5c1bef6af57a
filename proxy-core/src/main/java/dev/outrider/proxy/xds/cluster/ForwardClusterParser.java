package dev.outrider.proxy.xds.cluster;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.cluster.DnsCacheSpec;
import dev.outrider.proxy.dns.DnsCache;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.UpstreamHttpProtocolOptions;
import io.envoyproxy.envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig;
import org.jspecify.annotations.Nullable;

/// Reads a cluster whose endpoints requests name:
/// `clusters.dynamic_forward_proxy.v3.ClusterConfig`.
final class ForwardClusterParser {
  static final String TYPE = "envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig";

  private ForwardClusterParser() {}

  private static boolean is(Cluster message) {
    return message.hasClusterType()
        && ProviderRegistry.typeName(message.getClusterType().getTypedConfig().getTypeUrl())
            .equals(TYPE);
  }

  /// A cluster of this kind that says nothing about names in TLS asks each service for its own
  /// name, and for a certificate of that name, as in Envoy; any other stays what it is.
  @SuppressWarnings("deprecation") // where Envoy puts it as well
  static Cluster secured(Cluster message) {
    return !is(message) || message.hasUpstreamHttpProtocolOptions()
        ? message
        : message.toBuilder()
            .setUpstreamHttpProtocolOptions(
                UpstreamHttpProtocolOptions.newBuilder()
                    .setAutoSni(true)
                    .setAutoSanValidation(true))
            .build();
  }

  /// The cache that its endpoints come from; null if there is a problem.
  static @Nullable DnsCacheSpec parse(
      Cluster message, DnsCacheParser caches, Scope scope, Scope place)
      throws InvalidProtocolBufferException {
    var config = ClusterConfig.parseFrom(message.getClusterType().getTypedConfig().getValue());
    place.refuse(config.hasSubClustersConfig(), "sub_clusters_config");
    place.refuse(config.getAllowCoalescedConnections(), "allow_coalesced_connections");
    var names = UpstreamHttpParser.names(message);
    if (!config.getAllowInsecureClusterOptions()
        && names != null
        && !(names.getAutoSni() && names.getAutoSanValidation())) {
      scope.problem(
          "dynamic_forward_proxy cluster must have auto_sni and auto_san_validation true unless"
              + " allow_insecure_cluster_options is set.");
    }
    if (!config.hasDnsCacheConfig()) {
      if (!config.hasSubClustersConfig()) {
        place.problem("dns_cache_config", "is required");
      }
      return null;
    }
    var read = caches.read(config.getDnsCacheConfig(), place.field("dns_cache_config").context(""));
    scope.problems().addAll(read.problems());
    return read instanceof Parsed.Valid<DnsCache>(var cache) ? cache.spec() : null;
  }
}
