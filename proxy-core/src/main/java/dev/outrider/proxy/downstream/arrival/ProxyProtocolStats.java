package dev.outrider.proxy.downstream.arrival;

import dev.outrider.proxy.metrics.StatTemplate;

/// What filters for PROXY headers count, under `proxy_proto.` with Envoy's names.
final class ProxyProtocolStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  static final int NOT_FOUND_ALLOWED = STATS.counter("not_found_allowed");
  static final int NOT_FOUND_DISALLOWED = STATS.counter("not_found_disallowed");
  static final int TEXT_FOUND = STATS.counter("versions.v1.found");
  static final int TEXT_ERROR = STATS.counter("versions.v1.error");
  static final int TEXT_DISALLOWED = STATS.counter("versions.v1.disallowed");
  static final int BINARY_FOUND = STATS.counter("versions.v2.found");
  static final int BINARY_ERROR = STATS.counter("versions.v2.error");
  static final int BINARY_DISALLOWED = STATS.counter("versions.v2.disallowed");

  static final StatTemplate TEMPLATE = STATS.template();

  private ProxyProtocolStats() {}
}
