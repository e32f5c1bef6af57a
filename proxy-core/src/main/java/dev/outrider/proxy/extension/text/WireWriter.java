package dev.outrider.proxy.extension.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Growing buffer of protobuf wire bytes. Confined to one call.
final class WireWriter {
  private byte[] bytes = new byte[4096];
  private int size;

  byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  int size() {
    return size;
  }

  /// Forgets everything from `size` on.
  void truncate(int size) {
    this.size = size;
  }

  void tag(int number, int wireType) {
    varint((long) number << 3 | wireType);
  }

  void varint(long value) {
    room(10);
    while ((value & ~0x7FL) != 0) {
      bytes[size++] = (byte) (value | 0x80);
      value >>>= 7;
    }
    bytes[size++] = (byte) value;
  }

  /// Little endian, `count` bytes.
  void fixed(long value, int count) {
    room(count);
    for (int i = 0; i < count; i++) {
      bytes[size++] = (byte) (value >>> (8 * i));
    }
  }

  void bytes(byte[] value) {
    varint(value.length);
    room(value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
  }

  void text(String value) {
    bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  /// Begins a length-delimited value; give the answer to [#close(int)].
  int open() {
    room(1);
    return ++size;
  }

  /// Ends the value: puts the length before it, in the byte kept free, moving the value if that is
  /// too short.
  void close(int start) {
    int length = size - start;
    int extra = 0;
    for (int rest = length >>> 7; rest != 0; rest >>>= 7) {
      extra++;
    }
    if (extra > 0) {
      room(extra);
      System.arraycopy(bytes, start, bytes, start + extra, length);
    }
    size = start - 1;
    varint(length);
    size = start + extra + length;
  }

  private void room(int count) {
    if (size + count > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + count));
    }
  }
}
