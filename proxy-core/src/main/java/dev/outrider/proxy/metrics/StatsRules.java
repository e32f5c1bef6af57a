package dev.outrider.proxy.metrics;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What a configuration says about how statistics are shown (Envoy `metrics.v3.StatsConfig`).
/// Immutable, any thread.
///
/// @param builtIn the tags that are known without being configured; null = all
/// @param tags further ones
/// @param admitted which statistics there are, by their names
/// @param buckets the first that fits counts
public record StatsRules(
    @Nullable Set<String> builtIn,
    List<TagRule> tags,
    Predicate<String> admitted,
    List<Buckets> buckets) {
  /// Nothing is configured.
  public static final StatsRules NONE = new StatsRules(null, List.of(), _ -> true, List.of());

  /// The tags that Envoy knows without being told how to find them, without `envoy.`; of some there
  /// are no statistics here.
  public static final Set<String> KNOWN =
      Set.of(
          "cluster_name",
          "connection_limit_prefix",
          "dns_filter_prefix",
          "ext_authz_prefix",
          "fault_downstream_cluster",
          "google_grpc_client_prefix",
          "grpc_bridge_method",
          "grpc_bridge_service",
          "http_conn_manager_prefix",
          "http_user_agent",
          "listener_address",
          "listener_manager_worker_id",
          "local_http_ratelimit_prefix",
          "local_listener_ratelimit_prefix",
          "local_network_ratelimit_prefix",
          "mongo_prefix",
          "proxy_protocol_prefix",
          "proxy_protocol_version",
          "ratelimit_prefix",
          "rbac_http_prefix",
          "rbac_policy_name",
          "rbac_prefix",
          "rds_route_config",
          "redis_prefix",
          "response_code",
          "response_code_class",
          "route",
          "scoped_rds_config",
          "ssl_cipher",
          "ssl_cipher_suite",
          "tcp_prefix",
          "thrift_prefix",
          "tls_certificate",
          "udp_prefix",
          "virtual_cluster",
          "virtual_host",
          "worker_id",
          "xds_resource_name");

  public StatsRules {
    builtIn = builtIn == null ? null : Set.copyOf(builtIn);
    tags = List.copyOf(tags);
    buckets = List.copyOf(buckets);
  }

  /// The bounds of some histograms.
  ///
  /// @param bounds ascending
  public record Buckets(Predicate<String> name, List<Double> bounds) {
    public Buckets {
      bounds = List.copyOf(bounds);
    }
  }

  boolean knows(String tag) {
    return builtIn == null || builtIn.contains(tag);
  }

  List<Double> boundsOf(String histogram) {
    for (var each : buckets) {
      if (each.name().test(histogram)) {
        return each.bounds();
      }
    }
    return HistogramBounds.DEFAULT;
  }
}
