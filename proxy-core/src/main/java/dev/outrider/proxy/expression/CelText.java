package dev.outrider.proxy.expression;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.types.CelType;
import dev.cel.common.values.CelByteString;
import dev.cel.common.values.NullValue;
import dev.outrider.proxy.attributes.ValueBuffer;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Map;

/// Values of expressions as Envoy's text formats show them.
final class CelText {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss").withZone(ZoneOffset.UTC);
  private static final MathContext SIX_DIGITS = new MathContext(6);
  private static final long MILLI = 1_000_000;
  private static final long MICRO = 1_000;

  private CelText() {}

  /// False for what has no text.
  static boolean write(Object value, ValueBuffer out) {
    switch (value) {
      case String text -> out.put(text);
      case CelByteString bytes -> out.put(bytes.toByteArray());
      case Boolean truth -> out.put(truth.toString());
      case Long number -> out.putDecimal(number);
      case UnsignedLong number -> out.put(number.toString());
      case Double number -> out.put(decimal(number));
      case NullValue _ -> out.put("NULL");
      case Duration span -> out.put(span(span));
      case Instant time ->
          out.put(TIME.format(time) + fraction(time.get(ChronoField.NANO_OF_SECOND)) + "+00:00");
      case List<?> _ -> out.put("CelList value");
      case Map<?, ?> _ -> out.put("CelMap value");
      case CelType _ -> out.put("CelType value");
      default -> {
        return false;
      }
    }
    return true;
  }

  /// Six digits, as C++ streams have them.
  private static String decimal(double number) {
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      return Double.isNaN(number) ? "nan" : number < 0 ? "-inf" : "inf";
    }
    var rounded = new BigDecimal(number).round(SIX_DIGITS).stripTrailingZeros();
    var exponent = rounded.precision() - rounded.scale() - 1;
    if (rounded.signum() == 0 || (exponent >= -4 && exponent < 6)) {
      return rounded.toPlainString();
    }
    var digits = rounded.unscaledValue().abs().toString();
    return (rounded.signum() < 0 ? "-" : "")
        + digits.charAt(0)
        + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + "e"
        + (exponent < 0 ? "-" : "+")
        + (Math.abs(exponent) < 10 ? "0" : "")
        + Math.abs(exponent);
  }

  /// `1h2m3.5s`, or a fraction of a second in its own unit: `1.5ms`.
  private static String span(Duration span) {
    var size = span.abs();
    var sign = span.isNegative() ? "-" : "";
    if (size.isZero()) {
      return "0";
    }
    var nanos = size.getNano();
    if (size.getSeconds() == 0) {
      var unit = nanos >= MILLI ? MILLI : nanos >= MICRO ? MICRO : 1;
      var number = BigDecimal.valueOf(nanos).divide(BigDecimal.valueOf(unit));
      return sign
          + number.stripTrailingZeros().toPlainString()
          + (unit == MILLI ? "ms" : unit == MICRO ? "us" : "ns");
    }
    var text = new StringBuilder(sign);
    if (size.toHours() > 0) {
      text.append(size.toHours()).append('h');
    }
    if (size.toMinutesPart() > 0) {
      text.append(size.toMinutesPart()).append('m');
    }
    if (size.toSecondsPart() > 0 || nanos > 0) {
      text.append(size.toSecondsPart()).append(fraction(nanos)).append('s');
    }
    return text.toString();
  }

  /// With its point; empty for none.
  static String fraction(int nanos) {
    return nanos == 0 ? "" : "." + "%09d".formatted(nanos).replaceFirst("0+$", "");
  }
}
