package dev.outrider.proxy.attributes;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Strings in JSON (RFC 8259 7), over bytes that should be UTF-8. If they are not, each byte above
/// ASCII is shown as the character of that number, as Envoy does.
public final class JsonText {
  private static final String HEX = "0123456789abcdef";

  private JsonText() {}

  /// Appends a range as a quoted string. `source` may be the array of `out` itself only if nothing
  /// grows.
  public static void quote(byte[] source, int offset, int length, ValueBuffer out) {
    var utf8 = isUtf8(source, offset, offset + length);
    out.put('"');
    for (var i = offset; i < offset + length; i++) {
      escape(source[i], utf8, out);
    }
    out.put('"');
  }

  /// Quotes what was appended from `from` on.
  static void quoteFrom(int from, ValueBuffer out) {
    var bytes = out.array();
    var plain = isUtf8(bytes, from, out.size());
    for (var i = from; i < out.size() && plain; i++) {
      var b = bytes[i];
      plain = b != '"' && b != '\\' && (b < 0 || b >= 0x20);
    }
    if (!plain) {
      var raw = Arrays.copyOfRange(bytes, from, out.size());
      out.truncate(from);
      quote(raw, 0, raw.length, out);
      return;
    }
    out.put('"');
    System.arraycopy(out.array(), from, out.array(), from + 1, out.size() - 1 - from);
    out.array()[from] = '"';
    out.put('"');
  }

  /// A text as it stands in JSON.
  static String quoted(String text) {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    var out = new ValueBuffer();
    quote(bytes, 0, bytes.length, out);
    return new String(out.array(), 0, out.size(), StandardCharsets.UTF_8);
  }

  private static void escape(byte b, boolean utf8, ValueBuffer out) {
    switch (b) {
      case '"', '\\' -> {
        out.put('\\');
        out.put(b);
      }
      case '\n' -> out.put("\\n");
      case '\r' -> out.put("\\r");
      case '\t' -> out.put("\\t");
      case '\b' -> out.put("\\b");
      case '\f' -> out.put("\\f");
      default -> {
        if ((b >= 0 && b < 0x20) || (b < 0 && !utf8)) {
          out.put("\\u00");
          out.put(HEX.charAt((b & 0xff) >> 4));
          out.put(HEX.charAt(b & 15));
        } else {
          out.put(b);
        }
      }
    }
  }

  /// Without overlong forms, surrogates, or anything above U+10FFFF (RFC 3629 4).
  private static boolean isUtf8(byte[] bytes, int from, int to) {
    for (var i = from; i < to; i++) {
      var lead = bytes[i] & 0xff;
      if (lead < 0x80) {
        continue;
      }
      var more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
      if (lead < 0xc2 || lead > 0xf4 || i + more >= to) {
        return false;
      }
      var second = bytes[i + 1] & 0xff;
      var least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
      var most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
      if (second < least || second > most) {
        return false;
      }
      for (var k = 2; k <= more; k++) {
        if ((bytes[i + k] & 0xc0) != 0x80) {
          return false;
        }
      }
      i += more;
    }
    return true;
  }
}
