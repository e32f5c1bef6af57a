package dev.outrider.proxywasm.engine;

import java.nio.charset.StandardCharsets;

/// Reads numbers and texts from a section, in order: little-endian, LEB128, zero-terminated. A
/// damaged section ends in an `IndexOutOfBoundsException`.
final class SectionReader {
  private final byte[] bytes;
  private int at;

  SectionReader(byte[] bytes, int at) {
    this.bytes = bytes;
    this.at = at;
  }

  int at() {
    return at;
  }

  /// May stand behind the end, where nothing can be read.
  void at(int position) {
    at = position;
  }

  boolean atEnd() {
    return at >= bytes.length;
  }

  void skip(int count) {
    if (count < 0) {
      throw new IndexOutOfBoundsException(count);
    }
    at += count;
  }

  int u8() {
    return Byte.toUnsignedInt(bytes[at++]);
  }

  int u16() {
    return u8() | u8() << 8;
  }

  int u32() {
    return u16() | u16() << 16;
  }

  /// Unsigned LEB128; what does not fit an int is cut off.
  int number() {
    int value = 0;
    for (int shift = 0; ; shift += 7) {
      byte part = bytes[at++];
      value |= shift < 32 ? (part & 0x7F) << shift : 0;
      if (part >= 0) {
        return value;
      }
    }
  }

  /// Signed LEB128; what does not fit an int is cut off.
  int signedNumber() {
    int value = 0;
    for (int shift = 0; ; ) {
      byte part = bytes[at++];
      value |= shift < 32 ? (part & 0x7F) << shift : 0;
      shift += 7;
      if (part >= 0) {
        return shift < 32 && (part & 0x40) != 0 ? value | -1 << shift : value;
      }
    }
  }

  /// Up to the next zero, which is read too.
  String text() {
    int end = at;
    while (bytes[end] != 0) {
      end++;
    }
    var text = new String(bytes, at, end - at, StandardCharsets.UTF_8);
    at = end + 1;
    return text;
  }
}
