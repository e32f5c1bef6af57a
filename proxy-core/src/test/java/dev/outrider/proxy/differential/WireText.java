package dev.outrider.proxy.differential;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The bytes that a scenario writes as text, one character a byte. The notation stands in the
/// package's description.
final class WireText {
  private static final Pattern REPEAT = Pattern.compile("\\{(\\d+)\\*([^}]*)}");

  private WireText() {}

  static String bytes(String text) {
    var repeated =
        REPEAT
            .matcher(text)
            .replaceAll(
                found ->
                    Matcher.quoteReplacement(
                        found.group(2).repeat(Integer.parseInt(found.group(1)))));
    var out = new StringBuilder();
    for (int at = 0; at < repeated.length(); at++) {
      char c = repeated.charAt(at);
      if (c == '\n') {
        out.append("\r\n");
      } else if (c == '\\') {
        at = escape(repeated, at + 1, out);
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  /// Returns the index of the escape's last character.
  private static int escape(String text, int at, StringBuilder out) {
    char c = at < text.length() ? text.charAt(at) : '\n';
    switch (c) {
      case '\n' -> {}
      case 'n' -> out.append('\n');
      case 'r' -> out.append('\r');
      case 't' -> out.append('\t');
      case '0' -> out.append('\0');
      case '\\' -> out.append('\\');
      case 'x' -> {
        out.append((char) Integer.parseInt(text.substring(at + 1, at + 3), 16));
        return at + 2;
      }
      default -> throw new IllegalArgumentException("unknown escape \\" + c + " in: " + text);
    }
    return at;
  }

  /// For reports: what is not printable becomes an escape, a long text its size and hash.
  static String shown(String bytes) {
    if (bytes.length() > 400) {
      return "%d bytes, hash %08x".formatted(bytes.length(), bytes.hashCode());
    }
    var out = new StringBuilder();
    for (int at = 0; at < bytes.length(); at++) {
      char c = bytes.charAt(at);
      switch (c) {
        case '\r' -> out.append("\\r");
        case '\n' -> out.append("\\n");
        case '\\' -> out.append("\\\\");
        default -> {
          if (c >= ' ' && c < 0x7f) {
            out.append(c);
          } else {
            out.append("\\x%02x".formatted((int) c));
          }
        }
      }
    }
    return out.toString();
  }
}
