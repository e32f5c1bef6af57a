package dev.outrider.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/// Writes the HTTP/1.1 messages of one connection, in either role. One per connection, on its loop.
///
/// Heads and small chunks are copied into one buffer, large chunks are passed on as they are;
/// [Output#write] gets them in order. Nothing is written before [#flush] unless a large chunk
/// comes: call it at the end of a batch.
///
/// The framing is decided from the head: `content-length` if it has one, else `chunked` if anything
/// follows. A body that does not fit a `content-length` is never written beyond it.
public final class Http1Writer implements AutoCloseable {
  /// Where the bytes go: usually `channel::write`. *Takes* each buffer.
  @FunctionalInterface
  public interface Output {
    void write(ByteBuf bytes);
  }

  public Http1Writer(ByteBufAllocator allocator, Output output) {
    throw new UnsupportedOperationException("lands next");
  }

  /// Borrows the head, which must have been through [HopByHop]. Adds `content-length: 0` to a
  /// request without body whose method expects one.
  public void requestHead(HeaderMap head, boolean end) {
    throw new UnsupportedOperationException("lands next");
  }

  /// Borrows the head. `toHead`: the request was HEAD, so no body is written whatever the framing
  /// headers say. `close` adds `connection: close`.
  public void responseHead(HeaderMap head, boolean end, boolean toHead, boolean close) {
    throw new UnsupportedOperationException("lands next");
  }

  /// A 1xx head: status line and fields, no framing.
  public void informational(HeaderMap head) {
    throw new UnsupportedOperationException("lands next");
  }

  /// `HTTP/1.1 100 Continue`.
  public void continue100() {
    throw new UnsupportedOperationException("lands next");
  }

  /// *Takes* the chunk. Returns false if the body is longer or (at its end) shorter than its
  /// `content-length`: the connection has to be closed, since its peer waits for or would misread
  /// other bytes.
  public boolean body(ByteBuf chunk, boolean end) {
    throw new UnsupportedOperationException("lands next");
  }

  /// Borrows the trailers and ends the body; they are dropped if the body is not chunked. Returns
  /// as [#body].
  public boolean trailers(HeaderMap trailers) {
    throw new UnsupportedOperationException("lands next");
  }

  /// Passes on what has been gathered.
  public void flush() {
    throw new UnsupportedOperationException("lands next");
  }

  /// Bytes written since the current head, head included, framing included.
  public long messageBytes() {
    throw new UnsupportedOperationException("lands next");
  }

  /// Drops what has not been flushed.
  @Override
  public void close() {
    throw new UnsupportedOperationException("lands next");
  }
}
