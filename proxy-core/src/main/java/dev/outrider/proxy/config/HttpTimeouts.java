package dev.outrider.proxy.config;

/// Timeouts towards the client, in milliseconds; 0 = off.
///
/// @param streamIdleMillis no event in either direction of a stream; default 300,000
/// @param requestHeadersMillis from the first byte of a request to the end of its head; default off
/// @param requestMillis from the start of a request to its last byte; default off
/// @param connectionIdleMillis a connection without a stream; default 3,600,000
/// @param maxStreamMillis longest life of one stream; default off
/// @param delayedCloseMillis for the peer to close after our last byte; default 1,000
/// @param drainMillis between the two GOAWAYs that end an HTTP/2 connection; default 5,000
public record HttpTimeouts(
    long streamIdleMillis,
    long requestHeadersMillis,
    long requestMillis,
    long connectionIdleMillis,
    long maxStreamMillis,
    long delayedCloseMillis,
    long drainMillis) {

  private static final long DRAIN_MILLIS = 5_000;

  /// Envoy's defaults.
  public static final HttpTimeouts DEFAULT = new HttpTimeouts(300_000, 0, 0, 3_600_000, 0, 1_000);

  /// With Envoy's drain time.
  public HttpTimeouts(
      long streamIdleMillis,
      long requestHeadersMillis,
      long requestMillis,
      long connectionIdleMillis,
      long maxStreamMillis,
      long delayedCloseMillis) {
    this(
        streamIdleMillis,
        requestHeadersMillis,
        requestMillis,
        connectionIdleMillis,
        maxStreamMillis,
        delayedCloseMillis,
        DRAIN_MILLIS);
  }
}
