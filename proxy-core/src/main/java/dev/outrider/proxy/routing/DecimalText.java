package dev.outrider.proxy.routing;

/// Decimal integers in bytes, as `absl::SimpleAtoi` reads them: blanks around them do not matter,
/// and a sign may stand before them.
final class DecimalText {
  private DecimalText() {}

  /// Of 64 bits without a sign.
  ///
  /// @param otherwise what comes back if there is no such number
  static long unsigned(byte[] bytes, int from, int to, long otherwise) {
    var at = start(bytes, from, to);
    var end = end(bytes, at, to);
    at += at < end && bytes[at] == '+' ? 1 : 0;
    return isNumber(bytes, at, end) ? value(bytes, at, end) : otherwise;
  }

  /// Whether a number of 64 bits with a sign is there, from `least` to before `limit`.
  static boolean isBetween(byte[] bytes, int from, int to, long least, long limit) {
    var at = start(bytes, from, to);
    var end = end(bytes, at, to);
    var negative = at < end && bytes[at] == '-';
    at += negative || (at < end && bytes[at] == '+') ? 1 : 0;
    if (!isNumber(bytes, at, end)) {
      return false;
    }
    var value = value(bytes, at, end);
    var fits = value >= 0 || (negative && value == Long.MIN_VALUE);
    var signed = negative ? -value : value;
    return fits && signed >= least && signed < limit;
  }

  private static int start(byte[] bytes, int from, int to) {
    var at = from;
    while (at < to && isBlank(bytes[at])) {
      at++;
    }
    return at;
  }

  private static int end(byte[] bytes, int from, int to) {
    var at = to;
    while (at > from && isBlank(bytes[at - 1])) {
      at--;
    }
    return at;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || (b >= '\t' && b <= '\r');
  }

  /// Whether there are digits only, and not more than fit into 64 bits.
  private static boolean isNumber(byte[] bytes, int from, int to) {
    var value = 0L;
    for (var at = from; at < to; at++) {
      var digit = bytes[at] - '0';
      if (digit < 0 || digit > 9 || overflows(value, digit)) {
        return false;
      }
      value = value * 10 + digit;
    }
    return from < to;
  }

  private static boolean overflows(long value, int digit) {
    var most = Long.divideUnsigned(-1L, 10);
    return Long.compareUnsigned(value, most) > 0 || (value == most && digit > 5);
  }

  private static long value(byte[] bytes, int from, int to) {
    var value = 0L;
    for (var at = from; at < to; at++) {
      value = value * 10 + (bytes[at] - '0');
    }
    return value;
  }
}
