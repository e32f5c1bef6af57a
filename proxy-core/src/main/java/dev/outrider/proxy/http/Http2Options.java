package dev.outrider.proxy.http;

/// What one side of an HTTP/2 connection announces and tolerates (Envoy
/// `core.v3.Http2ProtocolOptions`). Sizes in bytes.
///
/// @param hpackTableSize announced for what the peer encodes, and the most that is used for what it
///   is sent
/// @param concurrentStreams streams that the peer may have open at once
/// @param streamWindow announced for each stream; also what may wait unsent on one of ours
/// @param connectionWindow announced for all streams together
/// @param outboundFrames frames that may wait to be sent before the peer is given up
/// @param outboundControlFrames of these SETTINGS acknowledgements, PING answers and RST_STREAM
/// @param emptyFrames consecutive frames without payload that do not end a stream
/// @param priorityFramesPerStream PRIORITY frames tolerated, per stream opened
/// @param windowUpdatesPerDataFrame WINDOW_UPDATE frames tolerated, per DATA frame sent
/// @param headerFieldBytes one field as it lies on the wire
/// @param allowConnect extended CONNECT (RFC 8441) is offered
/// @param streamErrorOnInvalidMessage a malformed message costs its stream, not the connection
/// @param keepalive pings when the connection is quiet
public record Http2Options(
    int hpackTableSize,
    int concurrentStreams,
    int streamWindow,
    int connectionWindow,
    int outboundFrames,
    int outboundControlFrames,
    int emptyFrames,
    int priorityFramesPerStream,
    int windowUpdatesPerDataFrame,
    int headerFieldBytes,
    boolean allowConnect,
    boolean streamErrorOnInvalidMessage,
    Keepalive keepalive) {

  /// Envoy's defaults.
  public static final Http2Options DEFAULT =
      new Http2Options(
          4096,
          1024,
          16 << 20,
          24 << 20,
          10_000,
          1_000,
          1,
          100,
          10,
          64 << 10,
          false,
          false,
          Keepalive.OFF);

  /// PING frames (Envoy `core.v3.KeepaliveSettings`). Milliseconds.
  ///
  /// @param intervalMillis between pings; 0 = none
  /// @param timeoutMillis without an answer for so long the connection is closed
  /// @param jitterPercent up to that much is added to each interval
  /// @param idleIntervalMillis a stream on a connection that was silent for so long is preceded by
  ///   a ping; 0 = never
  public record Keepalive(
      long intervalMillis, long timeoutMillis, int jitterPercent, long idleIntervalMillis) {
    public static final Keepalive OFF = new Keepalive(0, 0, 15, 0);
  }
}
