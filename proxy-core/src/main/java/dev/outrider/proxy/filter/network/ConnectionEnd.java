package dev.outrider.proxy.filter.network;

/// Who ended a connection (Envoy `Network::ConnectionEvent`).
public enum ConnectionEnd {
  /// The proxy.
  LOCAL,
  /// The other side, in order.
  REMOTE,
  /// The other side, by a reset.
  REMOTE_RESET
}
