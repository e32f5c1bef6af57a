package dev.outrider.proxy.config;

/// Timeouts towards the client, in milliseconds; 0 = off.
///
/// @param streamIdleMillis no event in either direction of a stream; default 300,000
/// @param requestHeadersMillis from the first byte of a request to the end of its head; default off
/// @param requestMillis from the start of a request to its last byte; default off
/// @param connectionIdleMillis a connection without a stream; default 3,600,000
/// @param maxStreamMillis longest life of one stream; default off
/// @param delayedCloseMillis for the peer to close after our last byte; default 1,000
/// @param streamFlushMillis for a client to take the rest of a stream that has ended for us;
///   default as `streamIdleMillis`
/// @param maxConnectionMillis after which a connection ends with what runs on it; default off
/// @param http1EndsWithResponse then of HTTP/1 the next response is the last, and an idle
///   connection stays; else it is closed after `drainMillis`
/// @param drainMillis between the two GOAWAYs that end an HTTP/2 connection; default 5,000
public record HttpTimeouts(
    long streamIdleMillis,
    long requestHeadersMillis,
    long requestMillis,
    long connectionIdleMillis,
    long maxStreamMillis,
    long delayedCloseMillis,
    long drainMillis,
    long streamFlushMillis,
    long maxConnectionMillis,
    boolean http1EndsWithResponse) {

  private static final long DRAIN_MILLIS = 5_000;

  /// Envoy's defaults.
  public static final HttpTimeouts DEFAULT = new HttpTimeouts(300_000, 0, 0, 3_600_000, 0, 1_000);

  /// Of which the others are Envoy's.
  public HttpTimeouts(
      long streamIdleMillis,
      long requestHeadersMillis,
      long requestMillis,
      long connectionIdleMillis,
      long maxStreamMillis,
      long delayedCloseMillis,
      long drainMillis) {
    this(
        streamIdleMillis,
        requestHeadersMillis,
        requestMillis,
        connectionIdleMillis,
        maxStreamMillis,
        delayedCloseMillis,
        drainMillis,
        streamIdleMillis,
        0,
        false);
  }

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
