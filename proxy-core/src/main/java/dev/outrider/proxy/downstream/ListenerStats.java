package dev.outrider.proxy.downstream;

import dev.outrider.proxy.metrics.StatTemplate;

/// What every listener counts, under `listener.<address>.` with Envoy's names.
public final class ListenerStats {
  private static final StatTemplate.Definition STATS = StatTemplate.define();

  public static final int CX_TOTAL = STATS.hotCounterByWorker("downstream_cx_total");
  public static final int CX_ACTIVE = STATS.hotGaugeByWorker("downstream_cx_active");
  public static final int CX_DESTROY = STATS.hotCounter("downstream_cx_destroy");
  public static final int CX_LENGTH_MS = STATS.histogram("downstream_cx_length_ms");
  public static final int CONNECTIONS_ACCEPTED_PER_SOCKET_EVENT =
      STATS.histogram("connections_accepted_per_socket_event");
  public static final int CX_TRANSPORT_SOCKET_CONNECT_TIMEOUT =
      STATS.counter("downstream_cx_transport_socket_connect_timeout");
  public static final int NO_CHAIN_MATCH = STATS.counter("no_filter_chain_match");

  public static final int CX_OVERFLOW = STATS.counter("downstream_cx_overflow");

  /// Outrider's own: Envoy counts nothing.
  public static final int CX_ACCEPT_ERROR = STATS.counter("downstream_cx_accept_error");

  public static final int GLOBAL_CX_OVERFLOW = STATS.counter("downstream_global_cx_overflow");
  public static final int CX_OVERLOAD_REJECT = STATS.counter("downstream_cx_overload_reject");
  public static final int PRE_CX_ACTIVE = STATS.gauge("downstream_pre_cx_active");
  public static final int PRE_CX_TIMEOUT = STATS.counter("downstream_pre_cx_timeout");
  public static final int FILTER_REMOTE_CLOSE =
      STATS.counter("downstream_listener_filter_remote_close");
  public static final int FILTER_CONFIG_MISSING = STATS.counter("extension_config_missing");
  public static final int NETWORK_FILTER_CONFIG_MISSING =
      STATS.counter("network_extension_config_missing");
  public static final int FILTER_ERROR = STATS.counter("downstream_listener_filter_error");

  public static final StatTemplate TEMPLATE = STATS.template();

  private ListenerStats() {}
}
