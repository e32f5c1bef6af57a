package dev.outrider.proxy.http;

/// Walks a comma-separated list (RFC 9110 5.6.1) in a byte array without making objects: `for (var
/// t = next(a, from, end); t < end; t = next(a, stop(a, t, end), end))`.
final class Tokens {
  private Tokens() {}

  /// Start of the first element at or after `from`; `end` if there is none.
  static int next(byte[] bytes, int from, int end) {
    var at = from;
    while (at < end && (bytes[at] == ',' || isSpace(bytes[at]))) {
      at++;
    }
    return at;
  }

  /// The comma behind the element that starts at `start`, or `end`.
  static int stop(byte[] bytes, int start, int end) {
    var at = start;
    while (at < end && bytes[at] != ',') {
      at++;
    }
    return at;
  }

  /// Length of the element without trailing white space.
  static int length(byte[] bytes, int start, int stop) {
    var last = stop;
    while (last > start && isSpace(bytes[last - 1])) {
      last--;
    }
    return last - start;
  }

  static boolean isSpace(byte b) {
    return b == ' ' || b == '\t';
  }

  static boolean equalsIgnoreCase(byte[] bytes, int offset, int length, byte[] lowerCase) {
    if (length != lowerCase.length) {
      return false;
    }
    for (var i = 0; i < length; i++) {
      var b = bytes[offset + i];
      if ((b >= 'A' && b <= 'Z' ? b + 32 : b) != lowerCase[i]) {
        return false;
      }
    }
    return true;
  }
}
