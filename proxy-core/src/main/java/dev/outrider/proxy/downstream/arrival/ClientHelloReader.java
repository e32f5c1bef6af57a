package dev.outrider.proxy.downstream.arrival;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;

/// Finds the ClientHello in the first bytes of a connection, which may be cut into records (RFC
/// 8446 5.1) and come in pieces. As in BoringSSL a record is looked at when it is complete.
final class ClientHelloReader {
  private static final int RECORD_HEAD = 5;
  private static final int HANDSHAKE_RECORD = 22;
  private static final int MESSAGE_HEAD = 4;
  private static final int CLIENT_HELLO = 1;

  /// What BoringSSL takes.
  private static final int MOST_RECORD_BYTES = 16_384;

  private static final int MOST_MESSAGE_BYTES = 16_384;

  private byte[] message = new byte[0];
  private int length;
  private int nextRecord;

  /// What is to be said about the first bytes of a connection.
  sealed interface Result {
    /// They may become a ClientHello.
    record Incomplete() implements Result {}

    /// They are something else, or a broken ClientHello.
    record None() implements Result {}

    record Found(ClientHello hello) implements Result {}

    Result INCOMPLETE = new Incomplete();
    Result NONE = new None();
  }

  /// Looks at what has come since, and leaves it as it is.
  ///
  /// @param bytes all of them from the first one on
  Result read(ByteBuf bytes) {
    while (true) {
      var record = bytes.readerIndex() + nextRecord;
      var there = bytes.writerIndex() - record - RECORD_HEAD;
      if (there < 0) {
        return Result.INCOMPLETE;
      }
      var size = bytes.getUnsignedShort(record + 3);
      if (bytes.getByte(record) != HANDSHAKE_RECORD
          || bytes.getByte(record + 1) != 3
          || size == 0
          || size > MOST_RECORD_BYTES) {
        return Result.NONE;
      }
      if (there < size) {
        return Result.INCOMPLETE;
      }
      append(bytes, record + RECORD_HEAD, size);
      nextRecord += RECORD_HEAD + size;
      if (length >= MESSAGE_HEAD) {
        var head = Unpooled.wrappedBuffer(message, 0, length);
        var body = head.getUnsignedMedium(1);
        if (head.getByte(0) != CLIENT_HELLO || body > MOST_MESSAGE_BYTES) {
          return Result.NONE;
        }
        if (length >= MESSAGE_HEAD + body) {
          return parse(head.slice(MESSAGE_HEAD, body));
        }
      }
    }
  }

  private void append(ByteBuf bytes, int from, int count) {
    if (message.length < length + count) {
      message = Arrays.copyOf(message, Math.max(2 * message.length, length + count));
    }
    bytes.getBytes(from, message, length, count);
    length += count;
  }

  private static Result parse(ByteBuf body) {
    try {
      return new Result.Found(ClientHello.read(body));
    } catch (IndexOutOfBoundsException _) { // a length that lies
      return Result.NONE;
    }
  }
}
