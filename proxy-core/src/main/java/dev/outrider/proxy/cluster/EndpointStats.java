package dev.outrider.proxy.cluster;

import dev.outrider.proxy.metrics.StatTemplate;

/// What every endpoint counts; shown by `/clusters`, not by `/stats`.
public final class EndpointStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  public static final int CX_TOTAL = STATS.hotCounter("cx_total");
  public static final int CX_ACTIVE = STATS.hotGauge("cx_active");
  public static final int RQ_TOTAL = STATS.hotCounter("rq_total");
  public static final int RQ_SUCCESS = STATS.hotCounter("rq_success");
  public static final int RQ_ERROR = STATS.hotCounter("rq_error");
  public static final int CX_CONNECT_FAIL = STATS.counter("cx_connect_fail");
  public static final int RQ_TIMEOUT = STATS.counter("rq_timeout");
  public static final int RQ_PENDING_ACTIVE = STATS.gauge("rq_pending_active");

  public static final StatTemplate TEMPLATE = STATS.template();

  private EndpointStats() {}
}
