package dev.outrider.proxy.filters.healthcheck;

import dev.outrider.proxy.filter.BodyStatus;
import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.filter.StreamHandle;
import dev.outrider.proxy.filter.TrailersStatus;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filters.healthcheck.AnswerCache.Answer;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.stream.ResponseFlag;
import org.jspecify.annotations.Nullable;

/// Recognises a health check and answers it, or lets the service answer; marks the answers to all
/// requests while the operator has the proxy fail.
final class HealthCheckFilter implements HttpFilter {
  private static final HeaderName CHECKED = HeaderName.of("x-envoy-upstream-healthchecked-cluster");
  private static final HeaderName FAIL = HeaderName.of("x-envoy-immediate-health-check-fail");
  private static final HeaderName DEGRADED = HeaderName.of("x-envoy-degraded");

  private final HealthCheckSpec spec;
  private final WorkerContext worker;
  private final StreamHandle stream;
  private boolean check;
  private boolean answering;
  private @Nullable Answer cached;

  HealthCheckFilter(HealthCheckSpec spec, WorkerContext worker, StreamHandle stream) {
    this.spec = spec;
    this.worker = worker;
    this.stream = stream;
  }

  @Override
  public HeadStatus onRequestHead(HeaderMap head, boolean end) {
    if (!isCheck(head)) {
      return HeadStatus.CONTINUE;
    }
    check = true;
    stream.info().healthCheck(true);
    var cache = spec.cache();
    cached = cache == null ? null : cache.get(now());
    answering = !spec.passThrough() || worker.healthCheckFailed() || cached != null;
    if (answering && end) {
      answer();
    }
    return answering ? HeadStatus.HOLD_HEAD : HeadStatus.CONTINUE;
  }

  private boolean isCheck(HeaderMap head) {
    for (var matcher : spec.headers()) {
      if (!matcher.matches(head)) {
        return false;
      }
    }
    return true;
  }

  private long now() {
    return worker.loop().clock().nanoTime();
  }

  /// The request is taken to its end first, so that its connection can be used again.
  @Override
  public BodyStatus onRequestBody(BodyBuffer body, boolean end) {
    if (!answering) {
      return BodyStatus.CONTINUE;
    }
    if (end) {
      answer();
    }
    return BodyStatus.DROP;
  }

  @Override
  public TrailersStatus onRequestTrailers(HeaderMap trailers) {
    if (!answering) {
      return TrailersStatus.CONTINUE;
    }
    answer();
    return TrailersStatus.HOLD;
  }

  private void answer() {
    var reply = reply();
    if (reply.status() / 100 != 2) {
      stream.info().flags().raise(ResponseFlag.FAILED_LOCAL_HEALTH_CHECK);
    }
    stream.reply(reply);
  }

  private LocalReply reply() {
    if (worker.healthCheckFailed()) {
      return LocalReply.of(503, "health_check_failed");
    }
    if (cached != null) {
      var reply = LocalReply.of(cached.status(), "health_check_cached");
      return cached.degraded() ? reply.withHeader(DEGRADED, "") : reply;
    }
    return ofClusters();
  }

  /// Fit are endpoints that get requests, the degraded among them.
  private LocalReply ofClusters() {
    for (var wanted : spec.leastFit().entrySet()) {
      var cluster = worker.upstreams().find(wanted.getKey());
      if (cluster == null) {
        return LocalReply.of(503, "health_check_failed_no_cluster_found");
      }
      var endpoints = cluster.endpoints();
      int all = endpoints.endpoints().size();
      if (all == 0 && wanted.getValue() > 0) {
        return LocalReply.of(503, "health_check_failed_cluster_empty");
      }
      int fit = endpoints.healthyCount() + endpoints.degradedCount();
      if (100L * fit < (long) all * wanted.getValue()) {
        return LocalReply.of(503, "health_check_failed_cluster_unhealthy");
      }
    }
    return LocalReply.of(
        200, spec.leastFit().isEmpty() ? "health_check_ok" : "health_check_ok_cluster_healthy");
  }

  @Override
  public HeadStatus onResponseHead(HeaderMap head, boolean end) {
    if (check) {
      var cache = spec.cache();
      if (cache != null) {
        cache.put(head.status(), head.get(DEGRADED) != null, now());
      }
      head.set(CHECKED, spec.localCluster());
    }
    if (worker.healthCheckFailed()) {
      head.set(FAIL, "true");
    }
    return HeadStatus.CONTINUE;
  }
}
