package dev.outrider.proxy.downstream.arrival;

import dev.outrider.proxy.metrics.StatTemplate;

/// What all HTTP inspectors count, under `http_inspector.` with Envoy's names.
final class HttpInspectorStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  static final int HTTP10_FOUND = STATS.counter("http10_found");
  static final int HTTP11_FOUND = STATS.counter("http11_found");
  static final int HTTP2_FOUND = STATS.counter("http2_found");
  static final int NOT_FOUND = STATS.counter("http_not_found");

  static final StatTemplate TEMPLATE = STATS.template();

  private HttpInspectorStats() {}
}
