package dev.outrider.proxy.http;

/// Encodes text into a byte array without an intermediate one.
final class Utf8Encoder {
  private Utf8Encoder() {}

  /// The target must have room for three bytes per char. Returns the number of bytes written. A
  /// lone surrogate becomes `?`.
  static int write(CharSequence text, byte[] target, int offset) {
    var at = offset;
    for (int i = 0, length = text.length(); i < length; i++) {
      var c = text.charAt(i);
      if (c < 0x80) {
        target[at++] = (byte) c;
      } else if (c < 0x800) {
        target[at++] = (byte) (0xc0 | (c >> 6));
        target[at++] = (byte) (0x80 | (c & 0x3f));
      } else if (!Character.isSurrogate(c)) {
        target[at++] = (byte) (0xe0 | (c >> 12));
        target[at++] = (byte) (0x80 | ((c >> 6) & 0x3f));
        target[at++] = (byte) (0x80 | (c & 0x3f));
      } else if (i + 1 < length && Character.isSurrogatePair(c, text.charAt(i + 1))) {
        at = writeSupplementary(Character.toCodePoint(c, text.charAt(++i)), target, at);
      } else {
        target[at++] = '?';
      }
    }
    return at - offset;
  }

  private static int writeSupplementary(int codePoint, byte[] target, int offset) {
    target[offset] = (byte) (0xf0 | (codePoint >> 18));
    target[offset + 1] = (byte) (0x80 | ((codePoint >> 12) & 0x3f));
    target[offset + 2] = (byte) (0x80 | ((codePoint >> 6) & 0x3f));
    target[offset + 3] = (byte) (0x80 | (codePoint & 0x3f));
    return offset + 4;
  }
}
