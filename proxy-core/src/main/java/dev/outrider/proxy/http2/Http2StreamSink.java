package dev.outrider.proxy.http2;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.ResetReason;
import io.netty.buffer.ByteBuf;

/// Takes the message that comes in on one stream: informational heads, one head, body chunks, and
/// at most one trailers block. The event that carries `end`, the trailers or a reset is the last of
/// the message; a reset may also follow a complete message whose answer is not complete. Nothing
/// comes after [Http2Stream#done].
///
/// Heads are *taken*, unlike in [dev.outrider.proxy.http.MessageSink]: they were made for this
/// message.
public interface Http2StreamSink {
  /// A 1xx head (client role only).
  void onInformational(HeaderMap head);

  void onHead(HeaderMap head, boolean end);

  /// *Takes* the chunk, which may be empty when `end` is set.
  void onBody(ByteBuf chunk, boolean end);

  void onTrailers(HeaderMap trailers);

  /// The stream is over in both directions, and what was not sent is dropped.
  ///
  /// @param details as in Envoy's response code details; empty if the reason says it all
  void onReset(ResetReason why, Http2Error error, String details);

  /// The end of what we send has left the stream; what was given has not been in vain.
  default void onSent() {}

  /// Too much is waiting to be sent on this stream, or no longer: see [Http2Stream#writable].
  void onWritable(boolean writable);
}
