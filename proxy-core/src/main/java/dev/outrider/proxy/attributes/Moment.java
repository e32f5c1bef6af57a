package dev.outrider.proxy.attributes;

/// A moment taken apart into one long, without calendar objects: this runs for every request.
final class Moment {
  static final long MICROS_PER_SECOND = 1_000_000;
  private static final long SECONDS_PER_DAY = 86_400;

  private Moment() {}

  static long of(long epochMicros) {
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

  static int year(long when) {
    return (int) (when >> 40);
  }

  static int month(long when) {
    return (int) (when >> 36) & 15;
  }

  static int day(long when) {
    return (int) (when >> 28) & 31;
  }

  /// 1 = Monday.
  static int weekday(long when) {
    return (int) (when >> 24) & 7;
  }

  static int hour(long when) {
    return ofDay(when) / 3_600;
  }

  static int minute(long when) {
    return ofDay(when) / 60 % 60;
  }

  static int second(long when) {
    return ofDay(when) % 60;
  }

  private static int ofDay(long when) {
    return (int) when & 0xFF_FFFF;
  }
}
