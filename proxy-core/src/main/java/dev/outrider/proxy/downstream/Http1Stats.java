package dev.outrider.proxy.downstream;

import dev.outrider.proxy.metrics.StatTemplate;

/// What the HTTP/1 codec of all listeners counts, under `http1.` as Envoy does.
public final class Http1Stats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  public static final int DROPPED_HEADERS_WITH_UNDERSCORES =
      STATS.counter("dropped_headers_with_underscores");
  public static final int REQUESTS_REJECTED_WITH_UNDERSCORES =
      STATS.counter("requests_rejected_with_underscores_in_headers");

  public static final StatTemplate TEMPLATE = STATS.template();

  private Http1Stats() {}
}
