package dev.outrider.proxy.filter.network;

/// How a connection is closed (Envoy `Network::ConnectionCloseType`).
public enum CloseMode {
  /// What was written leaves first.
  FLUSH,
  /// At once; the client is reset if something of it has not been read.
  NO_FLUSH,
  /// At once, and the client is reset.
  RESET
}
