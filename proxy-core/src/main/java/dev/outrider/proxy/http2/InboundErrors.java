package dev.outrider.proxy.http2;

import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.metrics.StatCells;
import org.jspecify.annotations.Nullable;

/// What becomes of a connection or a stream whose peer breaks the rules (RFC 9113 5.4).
final class InboundErrors {
  private final Http2Connection connection;
  private final StatCells stats;

  InboundErrors(Http2Connection connection, StatCells stats) {
    this.connection = connection;
    this.stats = stats;
  }

  void connection(Http2Error error, String details) {
    connection.fail(error, Http2Failure.PROTOCOL, details);
  }

  void stream(Http2Stream stream, Http2Error error, String details) {
    stream(stream, ResetReason.PROTOCOL_ERROR, error, details);
  }

  void stream(Http2Stream stream, ResetReason why, Http2Error error, String details) {
    var sink = stream.sink;
    connection.resetStream(stream, error);
    tell(sink, why, error, details);
  }

  /// The body is longer or shorter than `content-length`; as Envoy, which keeps the connection.
  void wrongLength(Http2Stream stream) {
    stats.inc(Http2Stats.RX_MESSAGING_ERROR);
    stream(stream, Http2Error.PROTOCOL_ERROR, "http2.remote_reset");
  }

  /// RFC 9113 8.1.1.
  ///
  /// @param streamOnly Envoy gives up the connection unless told otherwise
  void malformed(Http2Stream stream, Verdict verdict, boolean streamOnly) {
    stats.inc(Http2Stats.RX_MESSAGING_ERROR);
    if (streamOnly) {
      stream(stream, Http2Error.PROTOCOL_ERROR, verdict.details());
    } else {
      var sink = stream.sink;
      connection.drop(stream);
      tell(sink, ResetReason.PROTOCOL_ERROR, Http2Error.PROTOCOL_ERROR, verdict.details());
      connection(Http2Error.PROTOCOL_ERROR, verdict.details());
    }
  }

  static void tell(
      @Nullable Http2StreamSink sink, ResetReason why, Http2Error error, String details) {
    if (sink != null) {
      sink.onReset(why, error, details);
    }
  }
}
