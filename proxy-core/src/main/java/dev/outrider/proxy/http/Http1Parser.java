package dev.outrider.proxy.http;

import io.netty.buffer.ByteBuf;

/// Reads the HTTP/1.1 messages of one connection, in either role, from bytes in any split. One per
/// connection, on its loop; between messages it holds no memory but its own fields.
///
/// One message at a time: after the end of a message [#feed] consumes nothing until [#next]
/// (requests) or [#expect] (responses) is called, so that pipelining is bounded by whoever owns the
/// input buffer.
public final class Http1Parser implements AutoCloseable {
  public enum Role {
    REQUESTS,
    RESPONSES
  }

  /// `scheme` becomes `:scheme` of requests: `http` or `https`.
  public Http1Parser(
      Role role, String scheme, Http1Limits limits, HeadStores stores, Http1Events events) {
    throw new UnsupportedOperationException("lands next");
  }

  /// *Borrows* `in`, consumes what it can and reports it. Body chunks are retained slices of `in`.
  /// Events may call [#next], [#expect] or [#close].
  public void feed(ByteBuf in) {
    throw new UnsupportedOperationException("lands next");
  }

  /// The exchange is over in both directions: the next request may be read. Bytes that wait need
  /// another [#feed].
  public void next() {
    throw new UnsupportedOperationException("lands next");
  }

  /// A request has been sent: read its response. `bodyless` for the answer to HEAD.
  public void expect(boolean bodyless) {
    throw new UnsupportedOperationException("lands next");
  }

  /// The peer has closed. Ends a body that extends to the end of the connection with an empty last
  /// chunk. Returns false if a message was cut short: before its head if not [#headSeen], else
  /// inside its body.
  public boolean eof() {
    throw new UnsupportedOperationException("lands next");
  }

  /// True while no message has begun or the last one is complete: a connection in that state may be
  /// closed or pooled.
  public boolean idle() {
    throw new UnsupportedOperationException("lands next");
  }

  /// The head of the current message has been reported (1xx heads do not count).
  public boolean headSeen() {
    throw new UnsupportedOperationException("lands next");
  }

  /// The current message is complete.
  public boolean complete() {
    throw new UnsupportedOperationException("lands next");
  }

  /// Whether the peer allows another message after this one (version, `connection`, how the body
  /// ends). Valid from [Http1Events#onHead] on.
  public boolean keepAlive() {
    throw new UnsupportedOperationException("lands next");
  }

  /// `connection: upgrade` together with an `upgrade` header, `h2c` not counted. Valid from
  /// [Http1Events#onHead] on.
  public boolean upgrade() {
    throw new UnsupportedOperationException("lands next");
  }

  /// The client waits for `100 Continue`.
  public boolean expectContinue() {
    throw new UnsupportedOperationException("lands next");
  }

  /// Bytes of the head as read, line ends included.
  public int headBytes() {
    throw new UnsupportedOperationException("lands next");
  }

  /// Drops a head that is being read. Nothing is reported afterwards.
  @Override
  public void close() {
    throw new UnsupportedOperationException("lands next");
  }
}
