package dev.outrider.proxy.http;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// What may stand in a name and in a value: RFC 9110 5.1 and 5.5. A head never holds anything else,
/// whoever wrote it, so that nothing that is serialised can break out of its line.
public final class HeaderSyntax {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;

  /// Byte -> its lower-case form if it may stand in a name, else 0.
  private static final byte[] FOLDED_NAME = foldedName();

  private HeaderSyntax() {}

  /// True for a token, and for the pseudo-headers that exist. Case does not matter.
  public static boolean isName(byte[] name, int offset, int length) {
    if (length == 0) {
      return false;
    }
    if (name[offset] == ':') {
      var known = HeaderNames.lookup(name, offset, length, HeaderKey.hash(name, offset, length));
      return known != null;
    }
    for (var i = offset; i < offset + length; i++) {
      if (fold(name[i]) == 0) {
        return false;
      }
    }
    return true;
  }

  /// True if no byte is a control character other than a tab. Says nothing about pseudo-headers,
  /// which are stricter.
  public static boolean isValue(byte[] value, int offset, int length) {
    var end = offset + length;
    for (var i = nextControl(value, offset, end); i < end; i = nextControl(value, i + 1, end)) {
      if (value[i] != '\t') {
        return false;
      }
    }
    return true;
  }

  /// The lower-case form of a byte of a name, or 0 if it cannot be one.
  public static byte fold(byte b) {
    return FOLDED_NAME[b & 0xff];
  }

  /// Folds a name in place.
  static void fold(byte[] bytes, int offset, int length) {
    for (var i = offset; i < offset + length; i++) {
      bytes[i] = fold(bytes[i]);
    }
  }

  /// Index of the first byte below 0x20 or equal to 0x7f, or `end`. Eight bytes at a time.
  static int nextControl(byte[] bytes, int from, int end) {
    var i = from;
    for (; i + 8 <= end; i += 8) {
      var word = (long) LONGS.get(bytes, i);
      var delete = word ^ ONES * 0x7f;
      var hit = (((word - ONES * 0x20) & ~word) | ((delete - ONES) & ~delete)) & HIGH_BITS;
      if (hit != 0) {
        return i + (Long.numberOfTrailingZeros(hit) >>> 3);
      }
    }
    for (; i < end; i++) {
      if ((bytes[i] >= 0 && bytes[i] < 0x20) || bytes[i] == 0x7f) {
        return i;
      }
    }
    return end;
  }

  /// Whether the value may stand behind a name with that key: pseudo-headers take part in the start
  /// line.
  public static boolean fits(int key, byte[] value, int offset, int length) {
    return switch (key) {
      case HeaderNames.METHOD_ID, HeaderNames.SCHEME_ID, HeaderNames.PROTOCOL_ID ->
          length > 0 && value[offset] != ':' && isName(value, offset, length);
      case HeaderNames.PATH_ID -> isTarget(value, offset, length);
      case HeaderNames.AUTHORITY_ID -> isAuthority(value, offset, length);
      case HeaderNames.STATUS_ID -> isStatus(value, offset, length);
      default -> isValue(value, offset, length);
    };
  }

  /// Visible ASCII only.
  static boolean isTarget(byte[] value, int offset, int length) {
    for (var i = offset; i < offset + length; i++) {
      if (value[i] <= 0x20 || value[i] == 0x7f) {
        return false;
      }
    }
    return true;
  }

  /// The characters of RFC 3986 3.2 (userinfo, host and port); may be empty.
  static boolean isAuthority(byte[] value, int offset, int length) {
    for (var i = offset; i < offset + length; i++) {
      if (!isAuthorityByte(value[i])) {
        return false;
      }
    }
    return true;
  }

  private static boolean isAuthorityByte(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '0' && b <= '9')
        || (b > 0 && "-._~%!$&'()*+,;=:@[]".indexOf(b) >= 0);
  }

  private static boolean isStatus(byte[] value, int offset, int length) {
    if (length != 3 || value[offset] == '0') {
      return false;
    }
    for (var i = offset; i < offset + length; i++) {
      if (value[i] < '0' || value[i] > '9') {
        return false;
      }
    }
    return true;
  }

  private static byte[] foldedName() {
    var table = new byte[256];
    for (var c : "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz".toCharArray()) {
      table[c] = (byte) c;
    }
    for (var c = 'A'; c <= 'Z'; c++) {
      table[c] = (byte) (c + 32);
    }
    return table;
  }
}
