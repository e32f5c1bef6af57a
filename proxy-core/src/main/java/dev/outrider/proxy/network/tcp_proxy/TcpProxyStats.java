package dev.outrider.proxy.network.tcp_proxy;

import dev.outrider.proxy.metrics.StatTemplate;

/// What every TCP proxy counts, under `tcp.<stat_prefix>.` with Envoy's names.
final class TcpProxyStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  static final int CX_TOTAL = STATS.hotCounter("downstream_cx_total");
  static final int CX_RX_BYTES_TOTAL = STATS.hotCounter("downstream_cx_rx_bytes_total");
  static final int CX_TX_BYTES_TOTAL = STATS.hotCounter("downstream_cx_tx_bytes_total");
  static final int CX_NO_ROUTE = STATS.counter("downstream_cx_no_route");
  static final int PAUSED_READING_TOTAL =
      STATS.counter("downstream_flow_control_paused_reading_total");
  static final int RESUMED_READING_TOTAL =
      STATS.counter("downstream_flow_control_resumed_reading_total");
  static final int IDLE_TIMEOUT = STATS.counter("idle_timeout");
  static final int MAX_DURATION = STATS.counter("max_downstream_connection_duration");
  static final int UPSTREAM_FLUSH_TOTAL = STATS.counter("upstream_flush_total");
  static final int UPSTREAM_FLUSH_ACTIVE = STATS.gauge("upstream_flush_active");

  static final StatTemplate TEMPLATE = STATS.template();

  private TcpProxyStats() {}
}
