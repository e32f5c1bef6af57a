package dev.outrider.proxy.downstream;

import dev.outrider.proxy.metrics.StatTemplate;

/// The responses of one connection manager on one listener, under
/// `listener.<address>.http.<stat_prefix>.`.
public final class ListenerHttpStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  public static final int RQ_COMPLETED = STATS.hotCounter("downstream_rq_completed");

  /// The first of five in a row: `downstream_rq_1xx` to `downstream_rq_5xx`.
  public static final int RQ_1XX = STATS.hotCounter("downstream_rq_1xx");

  public static final int RQ_2XX = STATS.hotCounter("downstream_rq_2xx");
  public static final int RQ_3XX = STATS.hotCounter("downstream_rq_3xx");
  public static final int RQ_4XX = STATS.hotCounter("downstream_rq_4xx");
  public static final int RQ_5XX = STATS.hotCounter("downstream_rq_5xx");

  public static final StatTemplate TEMPLATE = STATS.template();

  private ListenerHttpStats() {}
}
