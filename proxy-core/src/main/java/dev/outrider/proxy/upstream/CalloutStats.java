package dev.outrider.proxy.upstream;

import dev.outrider.proxy.metrics.StatTemplate;

/// What the callouts of the process count, under `http.async-client.` with Envoy's names. Envoy
/// sends them through a router of their own; those of its statistics that need a route are missing.
public final class CalloutStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  public static final int RQ_TOTAL = STATS.hotCounter("rq_total");

  public static final StatTemplate TEMPLATE = STATS.template();

  private CalloutStats() {}
}
