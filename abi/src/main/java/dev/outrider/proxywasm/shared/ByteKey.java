package dev.outrider.proxywasm.shared;

import java.util.Arrays;

/// A range of bytes as a map key. A kept key is a copy; a space reuses one to look up without a
/// copy.
final class ByteKey {
  private byte[] bytes = {};
  private int offset;
  private int length;
  private int hash;

  static ByteKey copyOf(byte[] source, int from, int size) {
    return new ByteKey().pointAt(Arrays.copyOfRange(source, from, from + size), 0, size);
  }

  /// Makes this the key of a borrowed range, until the next call.
  ByteKey pointAt(byte[] source, int from, int size) {
    bytes = source;
    offset = from;
    length = size;
    int sum = 1;
    for (int i = from; i < from + size; i++) {
      sum = 31 * sum + source[i];
    }
    hash = sum;
    return this;
  }

  int length() {
    return length;
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ByteKey key
        && key.hash == hash
        && Arrays.equals(
            bytes, offset, offset + length, key.bytes, key.offset, key.offset + key.length);
  }
}
