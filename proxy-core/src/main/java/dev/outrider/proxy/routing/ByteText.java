package dev.outrider.proxy.routing;

import java.util.Arrays;

/// Comparisons of text as bytes; case folding is that of ASCII.
final class ByteText {
  private ByteText() {}

  /// Whether `text` stands in `bytes` at `from`; the caller has checked that there is room for it.
  static boolean regionMatches(byte[] bytes, int from, byte[] text, boolean ignoreCase) {
    if (!ignoreCase) {
      return Arrays.equals(bytes, from, from + text.length, text, 0, text.length);
    }
    for (var i = 0; i < text.length; i++) {
      if (fold(bytes[from + i]) != fold(text[i])) {
        return false;
      }
    }
    return true;
  }

  static boolean contains(byte[] bytes, int from, int to, byte[] text, boolean ignoreCase) {
    for (var at = from; at + text.length <= to; at++) {
      if (regionMatches(bytes, at, text, ignoreCase)) {
        return true;
      }
    }
    return false;
  }

  private static int fold(byte b) {
    return b >= 'A' && b <= 'Z' ? b + 32 : b;
  }
}
