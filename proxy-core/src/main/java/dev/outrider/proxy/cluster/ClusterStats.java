package dev.outrider.proxy.cluster;

import dev.outrider.proxy.metrics.StatTemplate;

/// What every cluster counts, under `cluster.<name>.` with Envoy's names.
public final class ClusterStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  public static final int UPSTREAM_CX_TOTAL = STATS.hotCounter("upstream_cx_total");
  public static final int UPSTREAM_CX_ACTIVE = STATS.hotGauge("upstream_cx_active");
  public static final int UPSTREAM_CX_RX_BYTES_TOTAL =
      STATS.hotCounter("upstream_cx_rx_bytes_total");
  public static final int UPSTREAM_CX_TX_BYTES_TOTAL =
      STATS.hotCounter("upstream_cx_tx_bytes_total");
  public static final int UPSTREAM_CX_RX_BYTES_BUFFERED =
      STATS.hotGauge("upstream_cx_rx_bytes_buffered");
  public static final int UPSTREAM_CX_TX_BYTES_BUFFERED =
      STATS.hotGauge("upstream_cx_tx_bytes_buffered");
  public static final int UPSTREAM_RQ_TOTAL = STATS.hotCounter("upstream_rq_total");
  public static final int UPSTREAM_RQ_ACTIVE = STATS.hotGauge("upstream_rq_active");
  public static final int UPSTREAM_RQ_PENDING_TOTAL = STATS.hotCounter("upstream_rq_pending_total");
  public static final int UPSTREAM_RQ_PENDING_ACTIVE = STATS.hotGauge("upstream_rq_pending_active");

  /// The code family `upstream_rq_<code>`, `upstream_rq_<class>xx`, `upstream_rq_completed`. The
  /// `external.` copy shows the same numbers, since no address counts as internal by default (Envoy
  /// 1.40).
  public static final int UPSTREAM_RQ_CODES =
      STATS.responseCodes("upstream_rq_", "external.upstream_rq_");

  /// Codes of attempts that were retried.
  public static final int RETRY_UPSTREAM_RQ_CODES = STATS.responseCodes("retry.upstream_rq_");

  public static final int UPSTREAM_RQ_TIME =
      STATS.timing("upstream_rq_time", "external.upstream_rq_time");
  public static final int UPSTREAM_CX_CONNECT_MS = STATS.histogram("upstream_cx_connect_ms");
  public static final int UPSTREAM_CX_LENGTH_MS = STATS.histogram("upstream_cx_length_ms");
  public static final int UPSTREAM_RQ_PER_CX = STATS.histogram("upstream_rq_per_cx");

  public static final int UPSTREAM_CX_HTTP1_TOTAL = STATS.counter("upstream_cx_http1_total");
  public static final int UPSTREAM_CX_HTTP2_TOTAL = STATS.counter("upstream_cx_http2_total");
  public static final int UPSTREAM_CX_CLOSE_NOTIFY = STATS.counter("upstream_cx_close_notify");

  /// Sockets that did not get the source address that is configured.
  public static final int BIND_ERRORS = STATS.counter("bind_errors");

  public static final int UPSTREAM_CX_CONNECT_FAIL = STATS.counter("upstream_cx_connect_fail");
  public static final int UPSTREAM_CX_CONNECT_ATTEMPTS_EXCEEDED =
      STATS.counter("upstream_cx_connect_attempts_exceeded");
  public static final int UPSTREAM_CX_CONNECT_TIMEOUT =
      STATS.counter("upstream_cx_connect_timeout");
  public static final int UPSTREAM_CX_IDLE_TIMEOUT = STATS.counter("upstream_cx_idle_timeout");
  public static final int UPSTREAM_CX_MAX_DURATION_REACHED =
      STATS.counter("upstream_cx_max_duration_reached");
  public static final int UPSTREAM_CX_MAX_REQUESTS = STATS.counter("upstream_cx_max_requests");
  public static final int UPSTREAM_CX_NONE_HEALTHY = STATS.counter("upstream_cx_none_healthy");
  public static final int UPSTREAM_CX_POOL_OVERFLOW = STATS.counter("upstream_cx_pool_overflow");
  public static final int UPSTREAM_CX_OVERFLOW = STATS.counter("upstream_cx_overflow");
  public static final int UPSTREAM_CX_PROTOCOL_ERROR = STATS.counter("upstream_cx_protocol_error");
  public static final int UPSTREAM_CX_DESTROY = STATS.counter("upstream_cx_destroy");
  public static final int UPSTREAM_CX_DESTROY_LOCAL = STATS.counter("upstream_cx_destroy_local");
  public static final int UPSTREAM_CX_DESTROY_REMOTE = STATS.counter("upstream_cx_destroy_remote");
  public static final int UPSTREAM_CX_DESTROY_WITH_ACTIVE_RQ =
      STATS.counter("upstream_cx_destroy_with_active_rq");
  public static final int UPSTREAM_CX_DESTROY_LOCAL_WITH_ACTIVE_RQ =
      STATS.counter("upstream_cx_destroy_local_with_active_rq");
  public static final int UPSTREAM_CX_DESTROY_REMOTE_WITH_ACTIVE_RQ =
      STATS.counter("upstream_cx_destroy_remote_with_active_rq");

  public static final int UPSTREAM_RQ_PENDING_OVERFLOW =
      STATS.counter("upstream_rq_pending_overflow");
  public static final int UPSTREAM_RQ_PENDING_FAILURE_EJECT =
      STATS.counter("upstream_rq_pending_failure_eject");
  public static final int UPSTREAM_RQ_ACTIVE_OVERFLOW =
      STATS.counter("upstream_rq_active_overflow");
  public static final int UPSTREAM_RQ_CANCELLED = STATS.counter("upstream_rq_cancelled");
  public static final int UPSTREAM_RQ_TIMEOUT = STATS.counter("upstream_rq_timeout");
  public static final int UPSTREAM_RQ_RX_RESET = STATS.counter("upstream_rq_rx_reset");
  public static final int UPSTREAM_RQ_TX_RESET = STATS.counter("upstream_rq_tx_reset");
  public static final int UPSTREAM_RQ_RETRY = STATS.counter("upstream_rq_retry");
  public static final int UPSTREAM_RQ_RETRY_SUCCESS = STATS.counter("upstream_rq_retry_success");
  public static final int UPSTREAM_RQ_RETRY_OVERFLOW = STATS.counter("upstream_rq_retry_overflow");
  public static final int UPSTREAM_RQ_RETRY_LIMIT_EXCEEDED =
      STATS.counter("upstream_rq_retry_limit_exceeded");
  public static final int UPSTREAM_RQ_RETRY_BACKOFF_EXPONENTIAL =
      STATS.counter("upstream_rq_retry_backoff_exponential");
  public static final int UPSTREAM_RQ_RETRY_BACKOFF_RATELIMITED =
      STATS.counter("upstream_rq_retry_backoff_ratelimited");
  public static final int UPSTREAM_INTERNAL_REDIRECT_SUCCEEDED_TOTAL =
      STATS.counter("upstream_internal_redirect_succeeded_total");
  public static final int UPSTREAM_INTERNAL_REDIRECT_FAILED_TOTAL =
      STATS.counter("upstream_internal_redirect_failed_total");
  public static final int RETRY_OR_SHADOW_ABANDONED = STATS.counter("retry_or_shadow_abandoned");
  public static final int UPSTREAM_RQ_PER_TRY_TIMEOUT =
      STATS.counter("upstream_rq_per_try_timeout");
  public static final int UPSTREAM_RQ_PER_TRY_IDLE_TIMEOUT =
      STATS.counter("upstream_rq_per_try_idle_timeout");

  public static final int UPSTREAM_FLOW_CONTROL_PAUSED_READING_TOTAL =
      STATS.counter("upstream_flow_control_paused_reading_total");
  public static final int UPSTREAM_FLOW_CONTROL_RESUMED_READING_TOTAL =
      STATS.counter("upstream_flow_control_resumed_reading_total");
  public static final int UPSTREAM_FLOW_CONTROL_BACKED_UP_TOTAL =
      STATS.counter("upstream_flow_control_backed_up_total");
  public static final int UPSTREAM_FLOW_CONTROL_DRAINED_TOTAL =
      STATS.counter("upstream_flow_control_drained_total");

  public static final int ORIGINAL_DST_HOST_INVALID = STATS.counter("original_dst_host_invalid");
  public static final int LB_HEALTHY_PANIC = STATS.counter("lb_healthy_panic");
  public static final int LB_LOCAL_CLUSTER_NOT_OK = STATS.counter("lb_local_cluster_not_ok");
  public static final int LB_RECALCULATE_ZONE_STRUCTURES =
      STATS.counter("lb_recalculate_zone_structures");
  public static final int LB_ZONE_CLUSTER_TOO_SMALL = STATS.counter("lb_zone_cluster_too_small");
  public static final int LB_ZONE_NO_CAPACITY_LEFT = STATS.counter("lb_zone_no_capacity_left");
  public static final int LB_ZONE_ROUTING_ALL_DIRECTLY =
      STATS.counter("lb_zone_routing_all_directly");
  public static final int LB_ZONE_ROUTING_CROSS_ZONE = STATS.counter("lb_zone_routing_cross_zone");
  public static final int LB_ZONE_ROUTING_SAMPLED = STATS.counter("lb_zone_routing_sampled");

  /// Of subsets each loop counts its own.
  public static final int LB_SUBSETS_ACTIVE = STATS.gauge("lb_subsets_active");

  public static final int LB_SUBSETS_CREATED = STATS.counter("lb_subsets_created");
  public static final int LB_SUBSETS_REMOVED = STATS.counter("lb_subsets_removed");
  public static final int LB_SUBSETS_SELECTED = STATS.counter("lb_subsets_selected");
  public static final int LB_SUBSETS_FALLBACK = STATS.counter("lb_subsets_fallback");
  public static final int LB_SUBSETS_FALLBACK_PANIC = STATS.counter("lb_subsets_fallback_panic");
  public static final int MEMBERSHIP_CHANGE = STATS.counter("membership_change");
  public static final int MEMBERSHIP_TOTAL = STATS.gauge("membership_total");
  public static final int MEMBERSHIP_HEALTHY = STATS.gauge("membership_healthy");
  public static final int MEMBERSHIP_DEGRADED = STATS.gauge("membership_degraded");
  public static final int MEMBERSHIP_EXCLUDED = STATS.gauge("membership_excluded");
  public static final int MAX_HOST_WEIGHT = STATS.gauge("max_host_weight");

  /// Endpoints that got the cluster's own transport socket.
  public static final int DEFAULT_SOCKET_MATCH_COUNT = STATS.counter("default.total_match_count");

  /// The config subscription of an EDS cluster.
  public static final int UPDATE_ATTEMPT = STATS.counter("update_attempt");

  /// Assignments of an EDS cluster that count only for a while, and those that were not said again.
  public static final int ASSIGNMENT_TIMEOUT_RECEIVED =
      STATS.counter("assignment_timeout_received");

  public static final int ASSIGNMENT_STALE = STATS.counter("assignment_stale");
  public static final int UPDATE_SUCCESS = STATS.counter("update_success");
  public static final int UPDATE_FAILURE = STATS.counter("update_failure");
  public static final int UPDATE_REJECTED = STATS.counter("update_rejected");
  public static final int UPDATE_EMPTY = STATS.counter("update_empty");
  public static final int UPDATE_NO_REBUILD = STATS.counter("update_no_rebuild");

  static final int DEFAULT_CX_OPEN = STATS.gauge("circuit_breakers.default.cx_open");
  static final int DEFAULT_RQ_PENDING_OPEN =
      STATS.gauge("circuit_breakers.default.rq_pending_open");
  static final int DEFAULT_RQ_OPEN = STATS.gauge("circuit_breakers.default.rq_open");
  static final int DEFAULT_RQ_RETRY_OPEN = STATS.gauge("circuit_breakers.default.rq_retry_open");
  static final int DEFAULT_CX_POOL_OPEN = STATS.gauge("circuit_breakers.default.cx_pool_open");
  static final int HIGH_CX_OPEN = STATS.gauge("circuit_breakers.high.cx_open");
  static final int HIGH_RQ_PENDING_OPEN = STATS.gauge("circuit_breakers.high.rq_pending_open");
  static final int HIGH_RQ_OPEN = STATS.gauge("circuit_breakers.high.rq_open");
  static final int HIGH_RQ_RETRY_OPEN = STATS.gauge("circuit_breakers.high.rq_retry_open");
  static final int HIGH_CX_POOL_OPEN = STATS.gauge("circuit_breakers.high.cx_pool_open");

  public static final StatTemplate TEMPLATE = STATS.template();

  private ClusterStats() {}
}
