package dev.outrider.proxy.http2;

import io.netty.buffer.ByteBuf;

/// What a connection is for, and the transport below it: implemented once for servers and once for
/// clients. Called on the loop of the connection.
public interface Http2Role {
  /// The peer begins a stream (server role only; a client never gets one). Followed by the head, or
  /// by a reset if that was malformed.
  Http2StreamSink onStream(Http2Stream stream);

  /// One stream fewer is active; asked for whether it was the last one, for instance.
  void onStreamClosed();

  /// The peer takes no streams above that id. Streams of ours that are above it have been told
  /// before, as refused.
  void onGoAway(int lastStreamId, Http2Error error);

  /// The peer's settings have changed, maybe [Http2Connection#available] with them.
  void onSettings();

  /// The drain is over and so are all streams: everything has been given to [#write], the transport
  /// can be closed when that has left.
  void onDrained();

  /// The connection is lost. The last GOAWAY, if any, has been given to [#write]; all streams have
  /// been told. Called once, unless the owner closes the connection.
  ///
  /// @param details one word or a sentence, for statistics and logs
  void onFailed(Http2Failure failure, String details);

  /// *Takes* the bytes, in order; they need not leave before [#flush].
  void write(ByteBuf bytes);

  void flush();

  /// Bytes that were written and have not left yet.
  long unsentBytes();

  /// False while the transport has enough.
  boolean writable();
}
