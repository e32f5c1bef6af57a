package dev.outrider.proxy.attributes;

import java.math.BigDecimal;

/// Numbers as Envoy's JSON shows them: the fewest digits that read back as the same double, plain
/// or with an exponent, whichever is shorter (C++ `std::to_chars`).
public final class JsonNumber {
  private static final double MOST_EXACT = 10_000;

  private JsonNumber() {}

  public static String text(double value) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return "null";
    }
    if (value == Math.rint(value) && Math.abs(value) <= MOST_EXACT) {
      return value == 0 && 1 / value < 0 ? "-0" : Integer.toString((int) value);
    }
    var exact = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    var plain = exact.toPlainString();
    var scientific = scientific(exact);
    return scientific.length() < plain.length() ? scientific : plain;
  }

  private static String scientific(BigDecimal value) {
    var digits = value.unscaledValue().abs().toString();
    var exponent = digits.length() - 1 - value.scale();
    var text = new StringBuilder();
    if (value.signum() < 0) {
      text.append('-');
    }
    text.append(digits.charAt(0));
    if (digits.length() > 1) {
      text.append('.').append(digits, 1, digits.length());
    }
    text.append('e').append(exponent < 0 ? '-' : '+');
    var size = Math.abs(exponent);
    if (size < 10) {
      text.append('0');
    }
    return text.append(size).toString();
  }
}
