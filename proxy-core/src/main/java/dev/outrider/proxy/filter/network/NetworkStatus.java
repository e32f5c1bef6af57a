package dev.outrider.proxy.filter.network;

/// What a network filter wants after an event (Envoy `Network::FilterStatus`).
public enum NetworkStatus {
  /// The next filter sees the event.
  CONTINUE,
  /// No further filter sees it, and the bytes stay where they are.
  STOP
}
