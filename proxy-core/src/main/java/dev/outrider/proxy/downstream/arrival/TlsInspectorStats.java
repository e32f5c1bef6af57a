package dev.outrider.proxy.downstream.arrival;

import dev.outrider.proxy.metrics.StatTemplate;

/// What all TLS inspectors count, under `tls_inspector.` with Envoy's names.
final class TlsInspectorStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  static final int CLIENT_HELLO_TOO_LARGE = STATS.counter("client_hello_too_large");
  static final int TLS_FOUND = STATS.counter("tls_found");
  static final int TLS_NOT_FOUND = STATS.counter("tls_not_found");
  static final int ALPN_FOUND = STATS.counter("alpn_found");
  static final int ALPN_NOT_FOUND = STATS.counter("alpn_not_found");
  static final int SNI_FOUND = STATS.counter("sni_found");
  static final int SNI_NOT_FOUND = STATS.counter("sni_not_found");
  static final int BYTES_PROCESSED = STATS.histogram("bytes_processed");

  static final StatTemplate TEMPLATE = STATS.template();

  private TlsInspectorStats() {}
}
