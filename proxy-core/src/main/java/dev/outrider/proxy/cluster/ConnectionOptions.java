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
/// @param preconnectRatio for how many requests there is to be room at each endpoint for every one
///   that is under way or waits; 1..3
public record ConnectionOptions(
    Duration connectTimeout,
    int bufferLimitBytes,
    UpstreamSockets sockets,
    boolean closeOnHostFailure,
    boolean poolPerClient,
    FamilyOrder order,
    double preconnectRatio) {
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
        FamilyOrder.DEFAULT,
        1);
  }

  /// The same with another patience.
  public ConnectionOptions within(Duration newConnectTimeout) {
    return new ConnectionOptions(
        newConnectTimeout,
        bufferLimitBytes,
        sockets,
        closeOnHostFailure,
        poolPerClient,
        order,
        preconnectRatio);
  }
}
