package dev.outrider.proxy.attributes;

/// Walks through the fields of one serialised message (protobuf's wire format). Short-lived.
final class WireFields {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final byte[] source;
  private final int end;
  private int at;
  private int number;
  private int from;
  private int to;
  private long scalar;

  WireFields(byte[] source, int from, int end) {
    this.source = source;
    this.at = from;
    this.end = end;
  }

  /// The next field; false at the end, or where the message is broken.
  boolean next() {
    if (at >= end) {
      return false;
    }
    var tag = varint();
    number = (int) (tag >>> 3);
    from = at;
    switch ((int) tag & 7) {
      case VARINT -> scalar = varint();
      case FIXED64 -> scalar = fixed(Long.BYTES);
      case FIXED32 -> scalar = fixed(Integer.BYTES);
      case BYTES -> {
        var length = varint();
        from = at;
        at = length < 0 || length > end - at ? end + 1 : at + (int) length;
      }
      default -> at = end + 1;
    }
    to = at;
    return at <= end;
  }

  /// The next field with that number.
  boolean next(int wanted) {
    while (next()) {
      if (number == wanted) {
        return true;
      }
    }
    return false;
  }

  /// The last field with that number, which is the one that counts.
  boolean last(int wanted) {
    var found = false;
    var lastFrom = 0;
    var lastTo = 0;
    var lastScalar = 0L;
    while (next(wanted)) {
      found = true;
      lastFrom = from;
      lastTo = to;
      lastScalar = scalar;
    }
    from = lastFrom;
    to = lastTo;
    scalar = lastScalar;
    return found;
  }

  int number() {
    return number;
  }

  /// Where the content of the field begins.
  int from() {
    return from;
  }

  /// Where it ends.
  int to() {
    return to;
  }

  /// The value of a number or a bool.
  long scalar() {
    return scalar;
  }

  private long varint() {
    var value = 0L;
    for (var shift = 0; shift < 64 && at < end; shift += 7) {
      var b = source[at++];
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    at = end + 1;
    return 0;
  }

  private long fixed(int bytes) {
    var value = 0L;
    for (var i = 0; i < bytes && at + i < end; i++) {
      value |= (source[at + i] & 0xffL) << (8 * i);
    }
    at += bytes;
    return value;
  }
}
