package dev.outrider.proxy.attributes;

import dev.outrider.proxy.attributes.TimeFormat.Part;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.Month;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.TextStyle;
import java.time.temporal.IsoFields;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/// The conversions of strftime that are one letter, in the C locale. What needs a calendar makes
/// one; the usual ones do not.
final class TimeConversions {
  private static final int DAYS = 7;

  private final ZoneId zone;
  private final Consumer<String> unknown;

  /// @param unknown is told of what is none
  TimeConversions(ZoneId zone, Consumer<String> unknown) {
    this.zone = zone;
    this.unknown = unknown;
  }

  void unknown(String conversion) {
    unknown.accept(conversion);
  }

  List<Part> parts(char letter) {
    var composed =
        switch (letter) {
          case 'T', 'X' -> "%H:%M:%S";
          case 'F' -> "%Y-%m-%d";
          case 'D', 'x' -> "%m/%d/%y";
          case 'R' -> "%H:%M";
          case 'r' -> "%I:%M:%S %p";
          case 'c' -> "%a %b %e %H:%M:%S %Y";
          default -> "";
        };
    return composed.isEmpty() ? List.of(single(letter)) : TimeFormat.compile(composed, this);
  }

  private Part single(char letter) {
    return switch (letter) {
      case 'Y' -> (when, _, out) -> out.putPadded(Moment.year(when), 4);
      case 'C' -> (when, _, out) -> out.putPadded(Moment.year(when) / 100, 2);
      case 'y' -> (when, _, out) -> out.putPadded(Moment.year(when) % 100, 2);
      case 'm' -> (when, _, out) -> out.putPadded(Moment.month(when), 2);
      case 'd' -> (when, _, out) -> out.putPadded(Moment.day(when), 2);
      case 'e' -> (when, _, out) -> blankPadded(Moment.day(when), out);
      case 'H' -> (when, _, out) -> out.putPadded(Moment.hour(when), 2);
      case 'I' -> (when, _, out) -> out.putPadded(hourOf12(when), 2);
      case 'k' -> (when, _, out) -> blankPadded(Moment.hour(when), out);
      case 'l' -> (when, _, out) -> blankPadded(hourOf12(when), out);
      case 'p' -> (when, _, out) -> out.put(Moment.hour(when) < 12 ? "AM" : "PM");
      case 'P' -> (when, _, out) -> out.put(Moment.hour(when) < 12 ? "am" : "pm");
      case 'M' -> (when, _, out) -> out.putPadded(Moment.minute(when), 2);
      case 'S' -> (when, _, out) -> out.putPadded(Moment.second(when), 2);
      case 'b', 'h' -> (when, _, out) -> out.put(month(when, TextStyle.SHORT));
      case 'B' -> (when, _, out) -> out.put(month(when, TextStyle.FULL));
      case 'a' -> (when, _, out) -> out.put(weekday(when, TextStyle.SHORT));
      case 'A' -> (when, _, out) -> out.put(weekday(when, TextStyle.FULL));
      case 'u' -> (when, _, out) -> out.putDecimal(Moment.weekday(when));
      case 'w' -> (when, _, out) -> out.putDecimal(Moment.weekday(when) % DAYS);
      case 's' ->
          (_, micros, out) -> out.putDecimal(Math.floorDiv(micros, Moment.MICROS_PER_SECOND));
      case 'f' ->
          (_, micros, out) ->
              out.putPadded(Math.floorMod(micros, Moment.MICROS_PER_SECOND) * 1_000, 9);
      case 'z' -> offset(false, false);
      case 'Z' -> zoneName();
      case 'n' -> (_, _, out) -> out.put('\n');
      case 't' -> (_, _, out) -> out.put('\t');
      case '%' -> (_, _, out) -> out.put('%');
      default -> ofCalendar(letter);
    };
  }

  private Part ofCalendar(char letter) {
    return switch (letter) {
      case 'j' -> (when, _, out) -> out.putPadded(date(when).getDayOfYear(), 3);
      case 'U' -> (when, _, out) -> out.putPadded(week(when, Moment.weekday(when) % DAYS), 2);
      case 'W' -> (when, _, out) -> out.putPadded(week(when, Moment.weekday(when) - 1), 2);
      case 'V' ->
          (when, _, out) -> out.putPadded(date(when).get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2);
      case 'G' -> (when, _, out) -> out.putPadded(date(when).get(IsoFields.WEEK_BASED_YEAR), 4);
      case 'g' ->
          (when, _, out) -> out.putPadded(date(when).get(IsoFields.WEEK_BASED_YEAR) % 100, 2);
      default -> {
        unknown("%" + letter);
        yield (_, _, out) -> out.put('-');
      }
    };
  }

  /// `+0100`, `+01:00`, or `+01:00:00`.
  Part offset(boolean colon, boolean seconds) {
    return (_, micros, out) -> {
      var offset = TimeFormat.offset(zone, micros);
      var size = Math.abs(offset);
      out.put(offset < 0 ? '-' : '+');
      out.putPadded(size / 3_600, 2);
      if (colon) {
        out.put(':');
      }
      out.putPadded(size / 60 % 60, 2);
      if (seconds) {
        out.put(':');
        out.putPadded(size % 60, 2);
      }
    };
  }

  private Part zoneName() {
    var name = DateTimeFormatter.ofPattern("zzz", Locale.ROOT).withZone(zone);
    return (_, micros, out) ->
        out.put(
            zone.getRules().isFixedOffset() && TimeFormat.offset(zone, micros) == 0
                ? "UTC"
                : name.format(
                    Instant.ofEpochSecond(Math.floorDiv(micros, Moment.MICROS_PER_SECOND))));
  }

  /// Week of the year; days before the first that begins one are in week 0.
  ///
  /// @param ofWeek 0 for the day with which weeks begin
  private static int week(long when, int ofWeek) {
    return (date(when).getDayOfYear() + DAYS - 1 - ofWeek) / DAYS;
  }

  private static LocalDate date(long when) {
    return LocalDate.of(Moment.year(when), Moment.month(when), Moment.day(when));
  }

  private static int hourOf12(long when) {
    return (Moment.hour(when) + 11) % 12 + 1;
  }

  private static void blankPadded(int number, ValueBuffer out) {
    if (number < 10) {
      out.put(' ');
    }
    out.putDecimal(number);
  }

  private static String month(long when, TextStyle style) {
    return Month.of(Moment.month(when)).getDisplayName(style, Locale.ROOT);
  }

  private static String weekday(long when, TextStyle style) {
    return DayOfWeek.of(Moment.weekday(when)).getDisplayName(style, Locale.ROOT);
  }
}
