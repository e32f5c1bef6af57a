package dev.outrider.proxy.attributes;

/// Strings in JSON (RFC 8259 7), over bytes that are UTF-8 already.
public final class JsonText {
  private static final String HEX = "0123456789abcdef";

  private JsonText() {}

  /// Appends a range as a quoted string. `source` may be the array of `out` itself only if nothing
  /// grows.
  public static void quote(byte[] source, int offset, int length, ValueBuffer out) {
    out.put('"');
    for (var i = offset; i < offset + length; i++) {
      escape(source[i], out);
    }
    out.put('"');
  }

  private static void escape(byte b, ValueBuffer out) {
    switch (b) {
      case '"', '\\' -> {
        out.put('\\');
        out.put(b);
      }
      case '\n' -> out.put("\\n");
      case '\r' -> out.put("\\r");
      case '\t' -> out.put("\\t");
      default -> {
        if (b >= 0 && b < 0x20) {
          out.put("\\u00");
          out.put(HEX.charAt(b >> 4));
          out.put(HEX.charAt(b & 15));
        } else {
          out.put(b);
        }
      }
    }
  }
}
