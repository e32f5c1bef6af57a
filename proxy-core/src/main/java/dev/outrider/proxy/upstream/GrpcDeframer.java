package dev.outrider.proxy.upstream;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Puts the messages of a gRPC stream together again: each is preceded by a flag and four bytes of
/// length, and frames of the transport cut them anywhere. Owned by one call.
final class GrpcDeframer {
  private static final int PREFIX = 5;

  private final int limit;
  private final byte[] prefix = new byte[PREFIX];
  private int prefixed;
  private byte @Nullable [] message;
  private int filled;

  /// What came of a piece of the stream.
  enum Result {
    /// All of it has been read; no message is complete.
    MORE,
    /// [#message] is complete; there may be more behind it.
    MESSAGE,
    /// A message was compressed, though nobody agreed to that, or has an unknown flag.
    COMPRESSED,
    TOO_LARGE
  }

  /// @param limit of one message, in bytes
  GrpcDeframer(int limit) {
    this.limit = limit;
  }

  /// Reads up to the end of one message. Borrows the bytes.
  Result read(ByteBuf bytes) {
    while (prefixed < PREFIX) {
      if (!bytes.isReadable()) {
        return Result.MORE;
      }
      prefix[prefixed++] = bytes.readByte();
    }
    var target = message;
    if (target == null) {
      if (prefix[0] != 0) {
        return Result.COMPRESSED;
      }
      var length = length();
      if (length > limit) {
        return Result.TOO_LARGE;
      }
      target = new byte[(int) length];
      message = target;
      filled = 0;
    }
    var part = Math.min(bytes.readableBytes(), target.length - filled);
    bytes.readBytes(target, filled, part);
    filled += part;
    return filled == target.length ? Result.MESSAGE : Result.MORE;
  }

  /// The message that is complete; the next one begins.
  byte[] message() {
    var complete = message;
    if (complete == null) {
      throw new IllegalStateException("no message is complete");
    }
    message = null;
    prefixed = 0;
    return complete;
  }

  /// Whether the stream may end here: between two messages.
  boolean atBoundary() {
    return prefixed == 0;
  }

  private long length() {
    return (prefix[1] & 0xffL) << 24
        | (prefix[2] & 0xffL) << 16
        | (prefix[3] & 0xffL) << 8
        | (prefix[4] & 0xffL);
  }
}
