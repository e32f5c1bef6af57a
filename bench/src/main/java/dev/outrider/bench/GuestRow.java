package dev.outrider.bench;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// One figure that `bench/guests` prints.
///
/// @param target the most that is good; null for a figure that explains another one
/// @param gated whether it is a count, by which the command may fail
/// @param how it was measured
record GuestRow(
    String name, double figure, String unit, @Nullable Double target, boolean gated, String how) {
  static GuestRow time(String name, double figure, String unit, double target, String how) {
    return new GuestRow(name, figure, unit, target, false, how);
  }

  static GuestRow count(String name, double figure, String unit, double target, String how) {
    return new GuestRow(name, figure, unit, target, true, how);
  }

  /// Without a target.
  static GuestRow beside(String name, double figure, String unit, String how) {
    return new GuestRow(name, figure, unit, null, false, how);
  }

  private boolean good() {
    return target == null || figure <= target;
  }

  boolean goodWhereGated() {
    return !gated || good();
  }

  String line() {
    return String.format(
        Locale.ROOT,
        "%-44s %18s %12s  %-7s %s",
        name,
        number(figure) + " " + unit,
        target == null ? "" : "<= " + number(target),
        target == null ? "" : good() ? "ok" : "MISSED",
        how);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%.0f", value);
  }
}
