package dev.outrider.proxy.metrics;

import java.math.BigDecimal;
import java.math.MathContext;

/// Numbers with a fraction as Envoy's pages print them.
final class StatNumber {
  /// Significant digits of C's `%g`.
  private static final int G_DIGITS = 6;

  private StatNumber() {}

  /// The shortest digits that give the same number back, never with an exponent.
  static String plain(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : new BigDecimal(Double.toString(value)).toPlainString();
  }

  /// The same, with an exponent where that is shorter (C++ `std::to_chars`); `null` for none.
  static String json(double value) {
    if (Double.isNaN(value)) {
      return "null";
    }
    var plain = plain(value);
    var scientific = scientific(new BigDecimal(Double.toString(value)));
    return scientific.length() < plain.length() ? scientific : plain;
  }

  /// Six digits, with an exponent from a million on (C `%g`).
  static String general(double value) {
    var rounded = new BigDecimal(Double.toString(value)).round(new MathContext(G_DIGITS));
    return Math.abs(value) < 1e6 ? plain(rounded.doubleValue()) : scientific(rounded);
  }

  /// A whole number without a text of its own.
  static void unsigned(StringBuilder out, long value) {
    if (value >= 0) {
      out.append(value);
    } else {
      out.append(Long.toUnsignedString(value));
    }
  }

  private static String scientific(BigDecimal value) {
    var digits = value.stripTrailingZeros();
    int exponent = digits.precision() - digits.scale() - 1;
    var mantissa = digits.movePointLeft(exponent).toPlainString();
    return "%se%s%02d".formatted(mantissa, exponent < 0 ? "-" : "+", Math.abs(exponent));
  }
}
