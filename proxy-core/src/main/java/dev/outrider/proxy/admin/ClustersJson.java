package dev.outrider.proxy.admin;

import dev.outrider.proxy.cluster.CircuitBreakers.Thresholds;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointStats;
import dev.outrider.proxy.cluster.HealthFlag;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.outlier.OutlierDetector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `/clusters?format=json` (Envoy `admin.v3.Clusters`): what is 0, false or empty is left out, as
/// in proto3's JSON.
final class ClustersJson {
  private final JsonText json = new JsonText();
  private final ServerView server;

  private ClustersJson(ServerView server) {
    this.server = server;
  }

  static String of(List<Cluster> clusters, ServerView server) {
    var page = new ClustersJson(server);
    page.json.beginObject();
    if (!clusters.isEmpty()) {
      page.json.name("cluster_statuses").beginArray();
      clusters.forEach(page::cluster);
      page.json.endArray();
    }
    return page.json.endObject().toString();
  }

  private void cluster(Cluster cluster) {
    json.beginObject();
    text("name", cluster.name());
    flag("added_via_api", cluster.addedViaApi());
    var detector = server.outliers(cluster.name());
    if (detector != null && detector.external().threshold() > 0) {
      percent("success_rate_ejection_threshold", detector.external().threshold());
    }
    var endpoints = server.config().endpoints().get(cluster.name());
    if (endpoints != null && !endpoints.endpoints().isEmpty()) {
      json.name("host_statuses").beginArray();
      endpoints.endpoints().forEach(endpoint -> host(endpoint, detector));
      json.endArray();
    }
    if (detector != null && detector.local().threshold() > 0) {
      percent("local_origin_success_rate_ejection_threshold", detector.local().threshold());
    }
    json.name("circuit_breakers").beginObject().name("thresholds").beginArray();
    thresholds("", cluster.breakers().of(Priority.DEFAULT));
    thresholds("HIGH", cluster.breakers().of(Priority.HIGH));
    json.endArray().endObject();
    text("observability_name", cluster.statName());
    if (cluster.discovery() instanceof Discovery.Eds(var serviceName)) {
      text("eds_service_name", serviceName);
    }
    json.endObject();
  }

  private void thresholds(String priority, Thresholds limits) {
    json.beginObject();
    text("priority", priority);
    json.name("max_connections").value(limits.maxConnections());
    json.name("max_pending_requests").value(limits.maxPendingRequests());
    json.name("max_requests").value(limits.maxRequests());
    json.name("max_retries").value(limits.maxRetries());
    json.endObject();
  }

  private void host(Endpoint endpoint, @Nullable OutlierDetector detector) {
    var shared = endpoint.shared();
    json.beginObject().name("address").beginObject();
    address(endpoint.address());
    json.endObject().name("stats").beginArray();
    counter("cx_connect_fail", shared.stat(EndpointStats.CX_CONNECT_FAIL));
    counter("cx_total", shared.stat(EndpointStats.CX_TOTAL));
    counter("rq_error", shared.stat(EndpointStats.RQ_ERROR));
    counter("rq_success", shared.stat(EndpointStats.RQ_SUCCESS));
    counter("rq_timeout", shared.stat(EndpointStats.RQ_TIMEOUT));
    counter("rq_total", shared.stat(EndpointStats.RQ_TOTAL));
    gauge("cx_active", shared.stat(EndpointStats.CX_ACTIVE));
    gauge("rq_active", shared.activeRequests());
    gauge("rq_pending_active", shared.stat(EndpointStats.RQ_PENDING_ACTIVE));
    json.endArray();
    health(endpoint.healthFlags());
    rate("success_rate", endpoint, detector, false);
    json.name("weight").value(endpoint.weight());
    text("hostname", endpoint.hostname());
    if (endpoint.priority() != 0) {
      json.name("priority").value(endpoint.priority());
    }
    rate("local_origin_success_rate", endpoint, detector, true);
    json.name("locality").beginObject();
    text("region", endpoint.locality().region());
    text("zone", endpoint.locality().zone());
    text("sub_zone", endpoint.locality().subZone());
    json.endObject().endObject();
  }

  private void address(HostPort address) {
    if (address.isPipe()) {
      json.name("pipe").beginObject();
      text("path", address.host());
    } else {
      json.name("socket_address").beginObject();
      text("address", address.host());
      json.name("port_value").value(address.port());
    }
    json.endObject();
  }

  private void health(int flags) {
    json.name("health_status").beginObject();
    flag("failed_active_health_check", HealthFlag.FAILED_ACTIVE_HC.in(flags));
    flag("failed_outlier_check", HealthFlag.FAILED_OUTLIER_CHECK.in(flags));
    text("eds_health_status", edsHealth(flags));
    flag("failed_active_degraded_check", HealthFlag.DEGRADED_ACTIVE_HC.in(flags));
    flag("pending_dynamic_removal", HealthFlag.PENDING_DYNAMIC_REMOVAL.in(flags));
    flag("pending_active_hc", HealthFlag.PENDING_ACTIVE_HC.in(flags));
    flag("excluded_via_immediate_hc_fail", HealthFlag.EXCLUDED_VIA_IMMEDIATE_HC_FAIL.in(flags));
    flag("active_hc_timeout", HealthFlag.ACTIVE_HC_TIMEOUT.in(flags));
    json.endObject();
  }

  private static String edsHealth(int flags) {
    if (HealthFlag.EDS_STATUS_DRAINING.in(flags)) {
      return "DRAINING";
    }
    if (HealthFlag.FAILED_EDS_HEALTH.in(flags)) {
      return "UNHEALTHY";
    }
    return HealthFlag.DEGRADED_EDS_HEALTH.in(flags) ? "DEGRADED" : "HEALTHY";
  }

  private void rate(
      String name, Endpoint endpoint, @Nullable OutlierDetector detector, boolean localOrigin) {
    var percent = detector == null ? -1 : detector.successPercent(endpoint.shared(), localOrigin);
    if (percent >= 0) {
      percent(name, percent);
    }
  }

  private void counter(String name, long value) {
    json.beginObject();
    text("name", name);
    value(value);
    json.endObject();
  }

  private void gauge(String name, long value) {
    json.beginObject();
    text("type", "GAUGE");
    text("name", name);
    value(value);
    json.endObject();
  }

  /// 64 bits are a text in JSON.
  private void value(long value) {
    if (value != 0) {
      json.name("value").value(Long.toString(value));
    }
  }

  private void percent(String name, double value) {
    json.name(name).beginObject();
    if (value != 0) {
      json.name("value").scalar(value == Math.rint(value) ? (Object) (long) value : value);
    }
    json.endObject();
  }

  private void text(String name, String value) {
    if (!value.isEmpty()) {
      json.name(name).value(value);
    }
  }

  private void flag(String name, boolean value) {
    if (value) {
      json.name(name).scalar(true);
    }
  }
}
