package dev.outrider.proxy.config;

/// Which listeners a drain is about (Envoy `/drain_listeners?inboundonly`).
public enum DrainScope {
  ALL,
  /// Those whose `traffic_direction` is `INBOUND`.
  INBOUND_ONLY;

  /// `TrafficDirection.INBOUND` of `config.core.v3`.
  private static final int INBOUND = 1;

  public boolean covers(ListenerConfig listener) {
    return this == ALL || listener.info().direction() == INBOUND;
  }
}
