package dev.outrider.proxy.downstream;

import dev.outrider.proxy.metrics.StatTemplate;

/// What every HTTP connection manager counts, under `http.<stat_prefix>.` with Envoy's names.
public final class HttpStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  public static final int CX_TOTAL = STATS.hotCounter("downstream_cx_total");
  public static final int CX_ACTIVE = STATS.hotGauge("downstream_cx_active");
  public static final int CX_SSL_TOTAL = STATS.hotCounter("downstream_cx_ssl_total");
  public static final int CX_SSL_ACTIVE = STATS.hotGauge("downstream_cx_ssl_active");
  public static final int CX_HTTP1_TOTAL = STATS.hotCounter("downstream_cx_http1_total");
  public static final int CX_HTTP1_ACTIVE = STATS.hotGauge("downstream_cx_http1_active");
  public static final int CX_HTTP2_TOTAL = STATS.hotCounter("downstream_cx_http2_total");
  public static final int CX_HTTP2_ACTIVE = STATS.hotGauge("downstream_cx_http2_active");
  public static final int CX_RX_BYTES_TOTAL = STATS.hotCounter("downstream_cx_rx_bytes_total");
  public static final int CX_TX_BYTES_TOTAL = STATS.hotCounter("downstream_cx_tx_bytes_total");
  public static final int CX_RX_BYTES_BUFFERED = STATS.hotGauge("downstream_cx_rx_bytes_buffered");
  public static final int CX_TX_BYTES_BUFFERED = STATS.hotGauge("downstream_cx_tx_bytes_buffered");
  public static final int RQ_TOTAL = STATS.hotCounter("downstream_rq_total");
  public static final int RQ_HTTP1_TOTAL = STATS.hotCounter("downstream_rq_http1_total");
  public static final int RQ_HTTP2_TOTAL = STATS.hotCounter("downstream_rq_http2_total");
  public static final int RQ_ACTIVE = STATS.hotGauge("downstream_rq_active");
  public static final int RQ_COMPLETED = STATS.hotCounter("downstream_rq_completed");

  /// The first of five in a row: `downstream_rq_1xx` to `downstream_rq_5xx`.
  public static final int RQ_1XX = STATS.hotCounter("downstream_rq_1xx");

  public static final int RQ_2XX = STATS.hotCounter("downstream_rq_2xx");
  public static final int RQ_3XX = STATS.hotCounter("downstream_rq_3xx");
  public static final int RQ_4XX = STATS.hotCounter("downstream_rq_4xx");
  public static final int RQ_5XX = STATS.hotCounter("downstream_rq_5xx");
  public static final int RQ_TIME = STATS.histogram("downstream_rq_time");
  public static final int CX_LENGTH_MS = STATS.histogram("downstream_cx_length_ms");

  public static final int CX_DESTROY = STATS.counter("downstream_cx_destroy");
  public static final int CX_DESTROY_LOCAL = STATS.counter("downstream_cx_destroy_local");
  public static final int CX_DESTROY_REMOTE = STATS.counter("downstream_cx_destroy_remote");
  public static final int CX_DESTROY_ACTIVE_RQ = STATS.counter("downstream_cx_destroy_active_rq");
  public static final int CX_DESTROY_LOCAL_ACTIVE_RQ =
      STATS.counter("downstream_cx_destroy_local_active_rq");
  public static final int CX_DESTROY_REMOTE_ACTIVE_RQ =
      STATS.counter("downstream_cx_destroy_remote_active_rq");
  public static final int CX_DRAIN_CLOSE = STATS.counter("downstream_cx_drain_close");
  public static final int CX_OVERLOAD_DISABLE_KEEPALIVE =
      STATS.counter("downstream_cx_overload_disable_keepalive");
  public static final int RQ_OVERLOAD_CLOSE = STATS.counter("downstream_rq_overload_close");
  public static final int CX_IDLE_TIMEOUT = STATS.counter("downstream_cx_idle_timeout");
  public static final int CX_MAX_REQUESTS_REACHED =
      STATS.counter("downstream_cx_max_requests_reached");
  public static final int CX_MAX_DURATION_REACHED =
      STATS.counter("downstream_cx_max_duration_reached");

  /// Connections of HTTP/1 that are old enough to end, and wait for one more request to end with.
  public static final int CX_HTTP1_SOFT_DRAIN = STATS.gauge("downstream_cx_http1_soft_drain");

  public static final int CX_PROTOCOL_ERROR = STATS.counter("downstream_cx_protocol_error");
  public static final int CX_DELAYED_CLOSE_TIMEOUT =
      STATS.counter("downstream_cx_delayed_close_timeout");
  public static final int CX_UPGRADES_TOTAL = STATS.counter("downstream_cx_upgrades_total");
  public static final int CX_UPGRADES_ACTIVE = STATS.gauge("downstream_cx_upgrades_active");
  public static final int FLOW_CONTROL_PAUSED_READING_TOTAL =
      STATS.counter("downstream_flow_control_paused_reading_total");
  public static final int FLOW_CONTROL_RESUMED_READING_TOTAL =
      STATS.counter("downstream_flow_control_resumed_reading_total");
  public static final int RQ_FAILED_PATH_NORMALIZATION =
      STATS.counter("downstream_rq_failed_path_normalization");
  public static final int RQ_REDIRECTED_WITH_NORMALIZED_PATH =
      STATS.counter("downstream_rq_redirected_with_normalized_path");
  public static final int RQ_REJECTED_VIA_IP_DETECTION =
      STATS.counter("downstream_rq_rejected_via_ip_detection");
  public static final int RQ_NON_RELATIVE_PATH = STATS.counter("downstream_rq_non_relative_path");
  public static final int RQ_HEADER_TIMEOUT = STATS.counter("downstream_rq_header_timeout");
  public static final int RQ_IDLE_TIMEOUT = STATS.counter("downstream_rq_idle_timeout");
  public static final int RQ_TIMEOUT = STATS.counter("downstream_rq_timeout");
  public static final int RQ_MAX_DURATION_REACHED =
      STATS.counter("downstream_rq_max_duration_reached");
  public static final int RQ_RESPONSE_BEFORE_RQ_COMPLETE =
      STATS.counter("downstream_rq_response_before_rq_complete");
  public static final int RQ_RX_RESET = STATS.counter("downstream_rq_rx_reset");
  public static final int RQ_TX_RESET = STATS.counter("downstream_rq_tx_reset");
  public static final int RQ_TOO_MANY_PREMATURE_RESETS =
      STATS.counter("downstream_rq_too_many_premature_resets");
  public static final int RQ_TOO_LARGE = STATS.counter("downstream_rq_too_large");
  public static final int RQ_WS_ON_NON_WS_ROUTE = STATS.counter("downstream_rq_ws_on_non_ws_route");
  public static final int RS_TOO_LARGE = STATS.counter("rs_too_large");

  /// A stream ended by a bug of ours; not a statistic of Envoy.
  public static final int RQ_INTERNAL_ERROR = STATS.counter("downstream_rq_internal_error");

  public static final StatTemplate TEMPLATE = STATS.template();

  private HttpStats() {}
}
