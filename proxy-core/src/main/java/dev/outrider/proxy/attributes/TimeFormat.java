package dev.outrider.proxy.attributes;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A strftime format, compiled into parts, with the fractions of seconds and the `%E` forms that
/// Envoy knows besides. Immutable, any thread.
final class TimeFormat {
  private static final String UTC_DEFAULT = "%Y-%m-%dT%H:%M:%E3SZ";
  private static final String LOCAL_DEFAULT = "%Y-%m-%dT%H:%M:%E3S%z";
  private static final int MOST_DIGITS = 15;
  private static final int MICRO_DIGITS = 6;

  /// `%3f`, `%E3S`, `%E3f`, `%E*S`, `%E*f`, `%E4Y`, `%Ez`, `%E*z`, `%Oy`, or a letter alone.
  private static final Pattern CONVERSION =
      Pattern.compile(
          "%(?:(?<digits>[1-9])f|E(?<precision>\\d+|\\*)(?<second>[Sf])|(?<year>E4?Y)"
              + "|(?<offset>E\\*?z)|(?:O(?=[a-zA-Z]))?(?<letter>[a-zA-Z%]))");

  private final List<Part> parts;
  private final ZoneId zone;

  private TimeFormat(List<Part> parts, ZoneId zone) {
    this.parts = List.copyOf(parts);
    this.zone = zone;
  }

  /// @param spec its argument is the format; without one it is the default
  static TimeFormat of(OperatorSpec spec, ZoneId zone, Consumer<String> problems) {
    var standard = spec.name().endsWith("_LOCAL") ? LOCAL_DEFAULT : UTC_DEFAULT;
    if (spec.length() != null) {
      problems.accept("operator " + spec + " does not allow length to be specified");
    }
    var format = spec.argumentOrEmpty().isEmpty() ? standard : spec.argumentOrEmpty();
    var conversions = new TimeConversions(zone, letter -> problems.accept(unknown(spec, letter)));
    return new TimeFormat(compile(format, conversions), zone);
  }

  void write(long epochMicros, ValueBuffer out) {
    var when = Moment.of(epochMicros + offset(zone, epochMicros) * Moment.MICROS_PER_SECOND);
    for (var i = 0; i < parts.size(); i++) {
      parts.get(i).write(when, epochMicros, out);
    }
  }

  /// In seconds, at that time.
  static int offset(ZoneId zone, long epochMicros) {
    if (zone.equals(ZoneOffset.UTC)) {
      return 0;
    }
    var seconds = Math.floorDiv(epochMicros, Moment.MICROS_PER_SECOND);
    return zone.getRules().getOffset(Instant.ofEpochSecond(seconds)).getTotalSeconds();
  }

  /// The parts of a format.
  static List<Part> compile(String format, TimeConversions conversions) {
    var parts = new ArrayList<Part>();
    var matcher = CONVERSION.matcher(format);
    var at = 0;
    while (at < format.length()) {
      var percent = format.indexOf('%', at);
      var end = percent < 0 ? format.length() : percent;
      if (end > at) {
        var literal = format.substring(at, end);
        parts.add((_, _, out) -> out.put(literal));
      }
      at = end;
      if (percent >= 0 && matcher.find(percent) && matcher.start() == percent) {
        parts.addAll(conversion(matcher, conversions));
        at = matcher.end();
      } else if (percent >= 0) {
        conversions.unknown(format.substring(percent, Math.min(percent + 2, format.length())));
        at = percent + 1;
      }
    }
    return parts;
  }

  private static List<Part> conversion(Matcher matcher, TimeConversions conversions) {
    if (matcher.group("digits") != null) {
      return List.of(fraction(Integer.parseInt(matcher.group("digits"))));
    }
    if (matcher.group("second") != null) {
      return seconds(matcher.group("precision"), matcher.group("second").equals("S"), conversions);
    }
    if (matcher.group("year") != null) {
      return conversions.parts('Y');
    }
    if (matcher.group("offset") != null) {
      return List.of(conversions.offset(true, matcher.group("offset").contains("*")));
    }
    return conversions.parts(matcher.group("letter").charAt(0));
  }

  /// @param whole whether the seconds stand in front of their fraction
  private static List<Part> seconds(String precision, boolean whole, TimeConversions conversions) {
    var digits = precision.equals("*") ? 0 : Integer.parseInt(precision);
    if (digits > MOST_DIGITS) {
      conversions.unknown("%E" + precision);
      return List.of();
    }
    var fraction = precision.equals("*") ? shortest(whole) : fraction(digits);
    if (!whole) {
      return List.of(fraction);
    }
    Part second = (when, _, out) -> out.putPadded(Moment.second(when), 2);
    Part point = (_, _, out) -> out.put('.');
    if (precision.equals("*")) {
      return List.of(second, fraction);
    }
    return digits == 0 ? List.of(second) : List.of(second, point, fraction);
  }

  private static Part fraction(int digits) {
    var shown = Math.min(digits, MICRO_DIGITS);
    var divisor = 1L;
    for (var i = shown; i < MICRO_DIGITS; i++) {
      divisor *= 10;
    }
    var unit = divisor;
    return (_, micros, out) -> {
      out.putPadded(Math.floorMod(micros, Moment.MICROS_PER_SECOND) / unit, shown);
      for (var i = shown; i < digits; i++) {
        out.put('0');
      }
    };
  }

  /// As many digits as it takes; none, and no point, for a whole second.
  private static Part shortest(boolean point) {
    return (_, micros, out) -> {
      var rest = Math.floorMod(micros, Moment.MICROS_PER_SECOND);
      var digits = MICRO_DIGITS;
      while (digits > 0 && rest % 10 == 0) {
        rest /= 10;
        digits--;
      }
      if (digits > 0 && point) {
        out.put('.');
      }
      if (digits > 0) {
        out.putPadded(rest, digits);
      } else if (!point) {
        out.put('0');
      }
    };
  }

  private static String unknown(OperatorSpec spec, String conversion) {
    return "operator " + spec + ": unknown conversion " + conversion;
  }

  /// One piece of the format.
  interface Part {
    /// Appends it.
    ///
    /// @param when the time in the zone of the format
    void write(long when, long micros, ValueBuffer out);
  }
}
