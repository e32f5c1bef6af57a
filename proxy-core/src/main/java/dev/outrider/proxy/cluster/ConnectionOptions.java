package dev.outrider.proxy.cluster;

import java.time.Duration;

/// What holds for every connection to a cluster, whatever is spoken on it.
///
/// @param connectTimeout more than zero
/// @param bufferLimitBytes 0 = no limit
/// @param closeOnHostFailure connections for bytes without a protocol end when their host fails its
///   checks or is ejected
/// @param poolPerClient clients' connections share no connection for HTTP
/// @param order of the addresses of an endpoint that has several
public record ConnectionOptions(
    Duration connectTimeout,
    int bufferLimitBytes,
    UpstreamSockets sockets,
    boolean closeOnHostFailure,
    boolean poolPerClient,
    FamilyOrder order) {
  /// Envoy's.
  public static final ConnectionOptions DEFAULT =
      new ConnectionOptions(Duration.ofSeconds(5), 1 << 20);

  /// With ordinary sockets.
  public ConnectionOptions(Duration connectTimeout, int bufferLimitBytes) {
    this(
        connectTimeout,
        bufferLimitBytes,
        UpstreamSockets.DEFAULT,
        false,
        false,
        FamilyOrder.DEFAULT);
  }

  /// The same with another patience.
  public ConnectionOptions within(Duration newConnectTimeout) {
    return new ConnectionOptions(
        newConnectTimeout, bufferLimitBytes, sockets, closeOnHostFailure, poolPerClient, order);
  }
}
