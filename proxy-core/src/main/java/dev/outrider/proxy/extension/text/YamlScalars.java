package dev.outrider.proxy.extension.text;

import java.util.Locale;

/// What a plain (unquoted) YAML scalar means to Envoy: YAML 1.1 booleans, C integers, everything
/// else a string.
final class YamlScalars {
  private YamlScalars() {}

  static ConfigNode plain(String text, int line, int column) {
    return switch (text) {
      case "", "~", "null", "Null", "NULL" -> new ConfigNode.Nothing(line, column);
      default -> {
        var word = text.length() <= 5 && inOneCase(text) ? text.toLowerCase(Locale.ROOT) : "";
        yield switch (word) {
          case "y", "yes", "true", "on" -> new ConfigNode.Flag(true, line, column);
          case "n", "no", "false", "off" -> new ConfigNode.Flag(false, line, column);
          default -> number(text, line, column);
        };
      }
    };
  }

  /// An integer as C reads it: sign, then `0x` for hexadecimal, `0` for octal, else decimal. Beyond
  /// 32 bits it counts as the decimal text: JSON numbers do not hold it exactly, and integer fields
  /// take text as well.
  private static ConfigNode number(String text, int line, int column) {
    int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
    int radix = 10;
    int digits = sign;
    if (text.length() > sign + 1 && text.charAt(sign) == '0') {
      boolean hex = (text.charAt(sign + 1) | 0x20) == 'x';
      radix = hex ? 16 : 8;
      digits = sign + (hex ? 2 : 1);
    }
    if (digits == text.length() || !allDigits(text, digits, radix)) {
      return new ConfigNode.Text(text, line, column);
    }
    try {
      long value =
          Long.parseLong((text.startsWith("-") ? "-" : "") + text.substring(digits), radix);
      return value == (int) value
          ? new ConfigNode.Digits(Long.toString(value), line, column)
          : new ConfigNode.Text(Long.toString(value), line, column);
    } catch (NumberFormatException _) {
      return new ConfigNode.Text(text, line, column);
    }
  }

  private static boolean allDigits(String text, int from, int radix) {
    for (int i = from; i < text.length(); i++) {
      if (text.charAt(i) > 'f' || Character.digit(text.charAt(i), radix) < 0) {
        return false;
      }
    }
    return true;
  }

  /// All lower, all upper, or a capital followed by lower case.
  private static boolean inOneCase(String text) {
    var rest = text.substring(1);
    return rest.equals(rest.toLowerCase(Locale.ROOT))
        || (Character.isUpperCase(text.charAt(0)) && rest.equals(rest.toUpperCase(Locale.ROOT)));
  }
}
