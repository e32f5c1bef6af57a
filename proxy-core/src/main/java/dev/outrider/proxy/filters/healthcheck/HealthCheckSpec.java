package dev.outrider.proxy.filters.healthcheck;

import dev.outrider.proxy.routing.HeaderTest;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One configured health check filter (Envoy `filters.http.health_check.v3.HealthCheck`).
///
/// @param passThrough whether the service answers, as long as the proxy is not made to fail
/// @param cache of the service's answers; null = none
/// @param leastFit by cluster, how many percent of its endpoints must be fit
/// @param headers a request for which all of these hold is a health check
/// @param localCluster name of the cluster that this proxy belongs to
record HealthCheckSpec(
    boolean passThrough,
    @Nullable AnswerCache cache,
    Map<String, Integer> leastFit,
    List<HeaderTest> headers,
    String localCluster) {
  HealthCheckSpec {
    // in the order of the configuration's map: which cluster is named in the details depends on it
    headers = List.copyOf(headers);
  }
}
