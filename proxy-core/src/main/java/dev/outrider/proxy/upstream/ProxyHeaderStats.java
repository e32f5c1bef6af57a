package dev.outrider.proxy.upstream;

import dev.outrider.proxy.metrics.StatTemplate;

/// What clusters whose connections begin with a PROXY header count, with Envoy's names.
final class ProxyHeaderStats {
  /// Below the cluster's own.
  static final String SUFFIX = "upstream.proxyprotocol";

  private static final StatTemplate.Definition STATS = StatTemplate.define();

  static final int TOO_LONG = STATS.counter("v2_tlvs_exceed_max_length");

  static final StatTemplate TEMPLATE = STATS.template();

  private ProxyHeaderStats() {}
}
