package dev.outrider.proxy.cluster;

import java.time.Duration;

/// What holds for every connection to a cluster, whatever is spoken on it.
///
/// @param connectTimeout more than zero
/// @param bufferLimitBytes 0 = no limit
public record ConnectionOptions(
    Duration connectTimeout, int bufferLimitBytes, UpstreamSockets sockets) {
  /// Envoy's.
  public static final ConnectionOptions DEFAULT =
      new ConnectionOptions(Duration.ofSeconds(5), 1 << 20);

  /// With ordinary sockets.
  public ConnectionOptions(Duration connectTimeout, int bufferLimitBytes) {
    this(connectTimeout, bufferLimitBytes, UpstreamSockets.DEFAULT);
  }
}
