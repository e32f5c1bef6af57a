package dev.outrider.proxy.router;

import dev.outrider.proxy.metrics.StatTemplate;

/// What the router counts, under `http.<stat_prefix>.` with Envoy's names.
public final class RouterStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  public static final int RQ_TOTAL = STATS.hotCounter("rq_total");
  public static final int RQ_DIRECT_RESPONSE = STATS.counter("rq_direct_response");
  public static final int NO_ROUTE = STATS.counter("no_route");
  public static final int NO_CLUSTER = STATS.counter("no_cluster");
  public static final int RQ_RESET_AFTER_DOWNSTREAM_RESPONSE_STARTED =
      STATS.counter("rq_reset_after_downstream_response_started");

  public static final int PASSTHROUGH_INTERNAL_REDIRECT_BAD_LOCATION =
      STATS.counter("passthrough_internal_redirect_bad_location");
  public static final int PASSTHROUGH_INTERNAL_REDIRECT_UNSAFE_SCHEME =
      STATS.counter("passthrough_internal_redirect_unsafe_scheme");
  public static final int PASSTHROUGH_INTERNAL_REDIRECT_TOO_MANY_REDIRECTS =
      STATS.counter("passthrough_internal_redirect_too_many_redirects");
  public static final int PASSTHROUGH_INTERNAL_REDIRECT_NO_ROUTE =
      STATS.counter("passthrough_internal_redirect_no_route");
  public static final int PASSTHROUGH_INTERNAL_REDIRECT_PREDICATE =
      STATS.counter("passthrough_internal_redirect_predicate");

  public static final StatTemplate TEMPLATE = STATS.template();

  private RouterStats() {}
}
