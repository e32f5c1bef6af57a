package dev.outrider.proxy.admin;

import dev.outrider.proxy.cluster.CircuitBreakers.Thresholds;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointStats;
import dev.outrider.proxy.cluster.HealthFlag;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.config.ProxyConfig;

/// `/clusters`: a line for each fact, `cluster::endpoint::name::value`, in Envoy's order.
final class ClustersPage {
  private static final int[] STATS = {
    EndpointStats.CX_ACTIVE,
    EndpointStats.CX_CONNECT_FAIL,
    EndpointStats.CX_TOTAL,
    -1, // requests in flight: counted for all loops together
    EndpointStats.RQ_ERROR,
    EndpointStats.RQ_PENDING_ACTIVE,
    EndpointStats.RQ_SUCCESS,
    EndpointStats.RQ_TIMEOUT,
    EndpointStats.RQ_TOTAL
  };
  private static final String[] NAMES = {
    "cx_active",
    "cx_connect_fail",
    "cx_total",
    "rq_active",
    "rq_error",
    "rq_pending_active",
    "rq_success",
    "rq_timeout",
    "rq_total"
  };

  private final StringBuilder text = new StringBuilder();

  private ClustersPage() {}

  static AdminResponse of(AdminRequest request, ProxyConfig config) {
    var format = request.first("format");
    return format == null || format.equals("text")
        ? text(config)
        : AdminResponse.text(400, "/clusters has no format " + format + " yet, only text\n");
  }

  private static AdminResponse text(ProxyConfig config) {
    var page = new ClustersPage();
    config
        .clusters()
        .values()
        .forEach(
            cluster -> {
              page.cluster(cluster);
              var endpoints = config.endpoints().get(cluster.name());
              if (endpoints != null) {
                endpoints.endpoints().forEach(endpoint -> page.endpoint(cluster.name(), endpoint));
              }
            });
    return AdminResponse.text(page.text.toString());
  }

  private void cluster(Cluster cluster) {
    var name = cluster.name();
    line(name, "observability_name", cluster.statName());
    thresholds(name, "default_priority", cluster.breakers().of(Priority.DEFAULT));
    thresholds(name, "high_priority", cluster.breakers().of(Priority.HIGH));
    line(name, "added_via_api", cluster.addedViaApi());
    if (cluster.discovery() instanceof Discovery.Eds(var serviceName) && !serviceName.isEmpty()) {
      line(name, "eds_service_name", serviceName);
    }
  }

  private void thresholds(String name, String priority, Thresholds limits) {
    line(name, priority + "::max_connections", limits.maxConnections());
    line(name, priority + "::max_pending_requests", limits.maxPendingRequests());
    line(name, priority + "::max_requests", limits.maxRequests());
    line(name, priority + "::max_retries", limits.maxRetries());
  }

  private void endpoint(String cluster, Endpoint endpoint) {
    var at = cluster + "::" + endpoint.address();
    var shared = endpoint.shared();
    for (int i = 0; i < STATS.length; i++) {
      line(at, NAMES[i], STATS[i] < 0 ? shared.activeRequests() : shared.stat(STATS[i]));
    }
    line(at, "hostname", endpoint.hostname());
    line(at, "health_flags", HealthFlag.text(endpoint.healthFlags()));
    line(at, "weight", endpoint.weight());
    line(at, "region", endpoint.locality().region());
    line(at, "zone", endpoint.locality().zone());
    line(at, "sub_zone", endpoint.locality().subZone());
    line(at, "canary", false);
    line(at, "priority", endpoint.priority());
    line(at, "success_rate", -1);
    line(at, "local_origin_success_rate", -1);
  }

  private void line(String subject, String name, Object value) {
    text.append(subject).append("::").append(name).append("::").append(value).append('\n');
  }
}
