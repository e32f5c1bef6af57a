package dev.outrider.proxy.stream;

/// The moments of an exchange that are measured; the start is [StreamTimes#startNanos].
public enum TimePoint {
  /// The last byte of the request arrived.
  DOWNSTREAM_RX_END,
  UPSTREAM_CONNECT_BEGIN,
  UPSTREAM_CONNECT_END,
  /// The first byte of the request went upstream, in the last attempt.
  UPSTREAM_TX_BEGIN,
  UPSTREAM_TX_END,
  /// The first byte of the response came back, in the last attempt.
  UPSTREAM_RX_BEGIN,
  UPSTREAM_RX_END,
  /// The first byte of the response went to the client.
  DOWNSTREAM_TX_BEGIN,
  DOWNSTREAM_TX_END
}
