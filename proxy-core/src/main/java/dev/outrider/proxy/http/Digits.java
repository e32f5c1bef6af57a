package dev.outrider.proxy.http;

/// Non-negative decimal numbers in byte arrays.
final class Digits {
  /// Of `Long.MAX_VALUE`.
  static final int MAX_LENGTH = 19;

  private Digits() {}

  /// RFC 9110 8.6: digits only. -1 if it is empty, has anything else in it or does not fit into a
  /// `long`.
  static long parse(byte[] bytes, int offset, int length) {
    if (length == 0) {
      return -1;
    }
    var number = 0L;
    for (var i = offset; i < offset + length; i++) {
      var digit = bytes[i] - '0';
      if (digit < 0 || digit > 9 || number > (Long.MAX_VALUE - digit) / 10) {
        return -1;
      }
      number = number * 10 + digit;
    }
    return number;
  }

  /// Returns the number of digits written.
  static int write(long number, byte[] target, int offset) {
    var length = 1;
    for (var rest = number / 10; rest > 0; rest /= 10) {
      length++;
    }
    var rest = number;
    for (var i = offset + length - 1; i >= offset; i--) {
      target[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    return length;
  }
}
