package dev.outrider.proxy.http;

import io.netty.buffer.ByteBuf;

/// Takes one HTTP message, in order: informational heads, one head, body chunks, and at most one
/// trailers block. The event that carries `end`, the trailers or a reset is the last one. Runs on
/// the loop that owns the stream.
///
/// Heads and trailers are *borrowed and editable*: their owner is the exchange, which releases them
/// after its access log.
public interface MessageSink {
  /// Takes a 1xx head (never 101). Borrowed for the call only.
  default void onInformational(HeaderMap head) {}

  /// `end` means that neither body nor trailers follow.
  void onHead(HeaderMap head, boolean end);

  /// *Takes* the chunk: the sink releases it or passes it on. A chunk may be empty when `end` is
  /// set.
  void onBody(ByteBuf chunk, boolean end);

  void onTrailers(HeaderMap trailers);

  /// The message will never be complete. Nothing follows.
  void onReset(ResetReason why);
}
