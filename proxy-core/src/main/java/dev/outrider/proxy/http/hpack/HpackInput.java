package dev.outrider.proxy.http.hpack;

import dev.outrider.proxy.http.HeadStores;
import io.netty.buffer.ByteBuf;

/// The bytes of a block and the primitive types in them (RFC 7541 5).
final class HpackInput {
  private static final byte[] NONE = {};

  private byte[] bytes = NONE;
  private int at;
  private int end;

  /// Reads all of the block.
  void start(ByteBuf block, HeadStores stores) {
    var length = block.readableBytes();
    if (block.hasArray()) {
      bytes = block.array();
      at = block.arrayOffset() + block.readerIndex();
      block.skipBytes(length);
    } else {
      bytes = stores.scratch(length);
      at = 0;
      block.readBytes(bytes, 0, length);
    }
    end = at + length;
  }

  /// Keeps nothing of the block.
  void stop() {
    bytes = NONE;
    at = 0;
    end = 0;
  }

  byte[] bytes() {
    return bytes;
  }

  boolean more() {
    return at < end;
  }

  byte peek() {
    return bytes[at];
  }

  /// An integer behind a prefix of that many bits (RFC 7541 5.1). -1 if it is cut short, or needs
  /// more than 31 bits or five bytes.
  int integer(int prefixBits) {
    if (at == end) {
      return -1;
    }
    var mask = (1 << prefixBits) - 1;
    var result = bytes[at++] & mask;
    if (result < mask) {
      return result;
    }
    for (var shift = 0; shift <= 28 && at < end; shift += 7) {
      var b = bytes[at++];
      result += (b & 0x7f) << shift;
      if (result < 0 || (shift == 28 && (b & 0x7f) > 7)) {
        return -1;
      }
      if (b >= 0) {
        return result;
      }
    }
    return -1;
  }

  /// Finds the next string and steps behind it. False if it is cut short.
  boolean string(HpackString target) {
    if (at == end) {
      return false;
    }
    var huffman = bytes[at] < 0;
    var length = integer(7);
    if (length < 0 || length > end - at) {
      return false;
    }
    target.set(at, length, huffman);
    at += length;
    return true;
  }
}
