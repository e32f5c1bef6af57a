package dev.outrider.proxywasm.imports;

import java.util.Arrays;

/// A header name as the guest wrote it, made fit for the wire: lower-cased, checked. One per VM,
/// reused; nothing is copied when the name is lower-case already.
final class HeaderText {
  private byte[] scratch = new byte[64];
  private byte[] array = scratch;
  private int offset;
  private int length;

  /// Takes a range, which is in bounds. False if no header can have that name.
  boolean name(byte[] source, int from, int size) {
    array = source;
    offset = from;
    length = size;
    boolean upper = false;
    for (int i = from; i < from + size; i++) {
      int c = source[i];
      if (c <= ' ' || c == 0x7f || (c == ':' && i > from)) {
        return false;
      }
      upper |= c >= 'A' && c <= 'Z';
    }
    if (upper) {
      lower();
    }
    return size > 0;
  }

  private void lower() {
    if (scratch.length < length) {
      scratch = new byte[Math.max(length, 2 * scratch.length)];
    }
    for (int i = 0; i < length; i++) {
      byte c = array[offset + i];
      scratch[i] = c >= 'A' && c <= 'Z' ? (byte) (c | 0x20) : c;
    }
    array = scratch;
    offset = 0;
  }

  /// Valid until the next name.
  byte[] array() {
    return array;
  }

  int offset() {
    return offset;
  }

  int length() {
    return length;
  }

  /// Whether a value may go on the wire: no CR, LF or NUL.
  static boolean isValue(byte[] source, int from, int size) {
    for (int i = from; i < from + size; i++) {
      byte c = source[i];
      if (c == '\r' || c == '\n' || c == 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return new String(
        Arrays.copyOfRange(array, offset, offset + length),
        java.nio.charset.StandardCharsets.ISO_8859_1);
  }
}
