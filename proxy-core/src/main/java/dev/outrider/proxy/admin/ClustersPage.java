package dev.outrider.proxy.admin;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.outrider.proxy.cluster.CircuitBreakers.Thresholds;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointStats;
import dev.outrider.proxy.cluster.HealthFlag;
import dev.outrider.proxy.cluster.Priority;
import dev.outrider.proxy.config.ProxyConfig;
import dev.outrider.proxy.outlier.OutlierDetector;
import dev.outrider.proxy.outlier.SuccessRates;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
  private final ServerView server;

  private ClustersPage(ServerView server) {
    this.server = server;
  }

  static AdminResponse of(AdminRequest request, ServerView server) {
    var regex = request.first("filter");
    try {
      var filter = Pattern.compile(regex == null ? "" : regex);
      var config = server.config();
      var clusters =
          config.clusters().values().stream()
              .filter(cluster -> filter.matcher(cluster.name()).find())
              .toList();
      return "json".equals(request.first("format"))
          ? AdminResponse.json(ClustersJson.of(clusters, server))
          : AdminResponse.text(new ClustersPage(server).of(clusters, config));
    } catch (PatternSyntaxException malformed) {
      return AdminResponse.malformedRegex(malformed);
    }
  }

  private String of(List<Cluster> clusters, ProxyConfig config) {
    for (var cluster : clusters) {
      cluster(cluster);
      var endpoints = config.endpoints().get(cluster.name());
      if (endpoints != null) {
        var detector = server.outliers(cluster.name());
        endpoints.endpoints().forEach(endpoint -> endpoint(cluster.name(), endpoint, detector));
      }
    }
    return text.toString();
  }

  private void cluster(Cluster cluster) {
    var name = cluster.name();
    line(name, "observability_name", cluster.statName());
    outliers(name);
    thresholds(name, "default_priority", cluster.breakers().of(Priority.DEFAULT));
    thresholds(name, "high_priority", cluster.breakers().of(Priority.HIGH));
    line(name, "added_via_api", cluster.addedViaApi());
    if (cluster.discovery() instanceof Discovery.Eds(var serviceName) && !serviceName.isEmpty()) {
      line(name, "eds_service_name", serviceName);
    }
  }

  private void outliers(String cluster) {
    var detector = server.outliers(cluster);
    if (detector != null) {
      rates(cluster, "outlier::", detector.external());
      rates(cluster, "outlier::local_origin_", detector.local());
    }
  }

  private void rates(String cluster, String prefix, SuccessRates rates) {
    line(cluster, prefix + "success_rate_average", sixDigits(rates.average()));
    line(cluster, prefix + "success_rate_ejection_threshold", sixDigits(rates.threshold()));
  }

  private static String sixDigits(double value) {
    return new BigDecimal(value).round(new MathContext(6)).stripTrailingZeros().toPlainString();
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  private void thresholds(String name, String priority, Thresholds limits) {
    line(name, priority + "::max_connections", limits.maxConnections());
    line(name, priority + "::max_pending_requests", limits.maxPendingRequests());
    line(name, priority + "::max_requests", limits.maxRequests());
    line(name, priority + "::max_retries", limits.maxRetries());
  }

  private void endpoint(String cluster, Endpoint endpoint, @Nullable OutlierDetector detector) {
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
    line(at, "success_rate", percent(detector, endpoint, false));
    line(at, "local_origin_success_rate", percent(detector, endpoint, true));
  }

  private static String percent(
      @Nullable OutlierDetector detector, Endpoint endpoint, boolean localOrigin) {
    return detector == null ? "-1" : plain(detector.successPercent(endpoint.shared(), localOrigin));
  }

  private void line(String subject, String name, Object value) {
    text.append(subject).append("::").append(name).append("::").append(value).append('\n');
  }
}
