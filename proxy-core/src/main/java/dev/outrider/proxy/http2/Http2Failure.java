package dev.outrider.proxy.http2;

/// What kind of end [Http2Role#onFailed] tells of.
public enum Http2Failure {
  /// The peer broke a rule of the protocol.
  PROTOCOL,

  /// The peer sends more of something than anybody needs, or makes us send it.
  FLOOD,

  /// The peer does not answer a ping.
  KEEPALIVE,

  /// A bug of ours.
  INTERNAL
}
