package dev.outrider.proxy.attributes;

import dev.outrider.proxy.stream.StreamInfo;
import java.time.DayOfWeek;
import java.time.Month;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/// `%START_TIME(format)%`: the first byte of the request, in UTC, by a strftime format that is
/// compiled into parts.
final class StartTimeOperator implements FormatOperator {
  private static final String DEFAULT = "%Y-%m-%dT%H:%M:%E3SZ";
  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final long SECONDS_PER_DAY = 86_400;

  private final List<Part> parts;

  private StartTimeOperator(List<Part> parts) {
    this.parts = List.copyOf(parts);
  }

  static FormatOperator of(OperatorSpec spec, Consumer<String> problems) {
    var format = spec.argumentOrEmpty().isEmpty() ? DEFAULT : spec.argumentOrEmpty();
    var parts = new ArrayList<Part>();
    for (var at = 0; at < format.length(); ) {
      at = compile(format, at, parts, spec, problems);
    }
    return new StartTimeOperator(parts);
  }

  @Override
  public boolean write(StreamInfo info, ValueBuffer out) {
    var micros = info.times().startEpochMicros();
    var when = Moment.of(micros);
    for (var i = 0; i < parts.size(); i++) {
      parts.get(i).write(when, micros, out);
    }
    return true;
  }

  /// Compiles what stands at `at`; answers where the next part begins.
  private static int compile(
      String format, int at, List<Part> parts, OperatorSpec spec, Consumer<String> problems) {
    if (format.charAt(at) != '%' || at + 1 == format.length()) {
      var c = format.charAt(at);
      parts.add((_, _, out) -> out.put(String.valueOf(c)));
      return at + 1;
    }
    var letter = format.charAt(at + 1);
    if (Character.isDigit(letter) && at + 2 < format.length() && format.charAt(at + 2) == 'f') {
      parts.add(fraction(letter - '0'));
      return at + 3;
    }
    if (letter == 'E' && at + 3 < format.length() && format.charAt(at + 3) == 'S') {
      var digits = format.charAt(at + 2) - '0';
      parts.add((when, _, out) -> out.putPadded(Moment.second(when), 2));
      parts.add((_, _, out) -> out.put('.'));
      parts.add(fraction(digits));
      if (digits < 1 || digits > 9) {
        problems.accept(
            "operator " + spec + ": unknown conversion %" + format.substring(at + 1, at + 4));
      }
      return at + 4;
    }
    var expanded =
        switch (letter) {
          case 'T' -> "%H:%M:%S";
          case 'F' -> "%Y-%m-%d";
          case 'D' -> "%m/%d/%y";
          case 'R' -> "%H:%M";
          default -> "";
        };
    for (var inner = 0; inner < expanded.length(); ) {
      inner = compile(expanded, inner, parts, spec, problems);
    }
    if (expanded.isEmpty()) {
      parts.add(single(letter, spec, problems));
    }
    return at + 2;
  }

  private static Part single(char letter, OperatorSpec spec, Consumer<String> problems) {
    return switch (letter) {
      case 'Y' -> (when, _, out) -> out.putPadded(Moment.year(when), 4);
      case 'y' -> (when, _, out) -> out.putPadded(Moment.year(when) % 100, 2);
      case 'm' -> (when, _, out) -> out.putPadded(Moment.month(when), 2);
      case 'd' -> (when, _, out) -> out.putPadded(Moment.day(when), 2);
      case 'e' ->
          (when, _, out) -> {
            if (Moment.day(when) < 10) {
              out.put(' ');
            }
            out.putDecimal(Moment.day(when));
          };
      case 'H' -> (when, _, out) -> out.putPadded(Moment.hour(when), 2);
      case 'I' -> (when, _, out) -> out.putPadded((Moment.hour(when) + 11) % 12 + 1, 2);
      case 'p' -> (when, _, out) -> out.put(Moment.hour(when) < 12 ? "AM" : "PM");
      case 'M' -> (when, _, out) -> out.putPadded(Moment.minute(when), 2);
      case 'S' -> (when, _, out) -> out.putPadded(Moment.second(when), 2);
      case 'b', 'h' -> (when, _, out) -> out.put(month(Moment.month(when), TextStyle.SHORT));
      case 'B' -> (when, _, out) -> out.put(month(Moment.month(when), TextStyle.FULL));
      case 'a' -> (when, _, out) -> out.put(weekday(Moment.weekday(when), TextStyle.SHORT));
      case 'A' -> (when, _, out) -> out.put(weekday(Moment.weekday(when), TextStyle.FULL));
      case 'z' -> (_, _, out) -> out.put("+0000");
      case 'Z' -> (_, _, out) -> out.put("UTC");
      case 's' -> (_, micros, out) -> out.putDecimal(Math.floorDiv(micros, MICROS_PER_SECOND));
      case 'f' -> fraction(9);
      case '%' -> (_, _, out) -> out.put('%');
      default -> {
        problems.accept("operator " + spec + ": unknown conversion %" + letter);
        yield (_, _, out) -> out.put('-');
      }
    };
  }

  private static Part fraction(int digits) {
    return (_, micros, out) -> {
      var nanos = Math.floorMod(micros, MICROS_PER_SECOND) * 1_000;
      var divisor = 1L;
      for (var i = digits; i < 9; i++) {
        divisor *= 10;
      }
      out.putPadded(nanos / divisor, digits);
    };
  }

  private static String month(int month, TextStyle style) {
    return Month.of(month).getDisplayName(style, Locale.ROOT);
  }

  private static String weekday(int weekday, TextStyle style) {
    return DayOfWeek.of(weekday).getDisplayName(style, Locale.ROOT);
  }

  /// One piece of the format.
  private interface Part {
    void write(long when, long micros, ValueBuffer out);
  }

  /// A moment taken apart into one long, without calendar objects: this runs for every request.
  private static final class Moment {
    private Moment() {}

    private static long of(long epochMicros) {
      var seconds = Math.floorDiv(epochMicros, MICROS_PER_SECOND);
      var days = Math.floorDiv(seconds, SECONDS_PER_DAY);
      var ofDay = Math.floorMod(seconds, SECONDS_PER_DAY);
      // Days since 0000-03-01, so that the leap day is the last of its year; 400 years have 146097
      // days.
      var shifted = days + 719_468;
      var era = Math.floorDiv(shifted, 146_097L);
      var ofEra = Math.floorMod(shifted, 146_097L);
      var yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365;
      var ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
      var monthFromMarch = (5 * ofYear + 2) / 153;
      var month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
      var year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
      var day = ofYear - (153 * monthFromMarch + 2) / 5 + 1;
      var weekday = Math.floorMod(days + 3, 7L) + 1;
      return year << 40 | month << 36 | day << 28 | weekday << 24 | ofDay;
    }

    private static int year(long when) {
      return (int) (when >> 40);
    }

    private static int month(long when) {
      return (int) (when >> 36) & 15;
    }

    private static int day(long when) {
      return (int) (when >> 28) & 31;
    }

    /// 1 = Monday.
    private static int weekday(long when) {
      return (int) (when >> 24) & 7;
    }

    private static int hour(long when) {
      return ofDay(when) / 3_600;
    }

    private static int minute(long when) {
      return ofDay(when) / 60 % 60;
    }

    private static int second(long when) {
      return ofDay(when) % 60;
    }

    private static int ofDay(long when) {
      return (int) when & 0xFF_FFFF;
    }
  }
}
