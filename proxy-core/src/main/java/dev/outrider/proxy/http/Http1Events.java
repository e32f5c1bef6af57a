package dev.outrider.proxy.http;

import io.netty.buffer.ByteBuf;

/// What an [Http1Parser] reports. Called from inside [Http1Parser#feed] on the connection's loop;
/// the last event of a message is the one with `end`, the trailers, or the error.
public interface Http1Events {
  /// *Takes* the head: whoever owns the exchange releases it.
  void onHead(HeaderMap head, boolean end);

  /// *Takes* a 1xx head other than 101. Responses only.
  default void onInformational(HeaderMap head) {
    head.release();
  }

  /// *Takes* the chunk. It may be empty when `end` is set.
  void onBody(ByteBuf chunk, boolean end);

  /// *Takes* the trailers; forbidden names have been dropped.
  void onTrailers(HeaderMap trailers);

  /// The byte stream makes no sense from here on: answer (if no head of an answer is out), then
  /// close.
  void onError(MessageError error);
}
