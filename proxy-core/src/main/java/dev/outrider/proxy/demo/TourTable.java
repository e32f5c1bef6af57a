package dev.outrider.proxy.demo;

import java.util.ArrayList;
import java.util.List;

/// What the tour expected and what it saw, row by row.
final class TourTable {
  private static final int WIDEST = 58;

  private final List<Row> rows = new ArrayList<>();

  /// One thing that was tried.
  record Row(String name, String expected, String seen, boolean agrees) {}

  /// A row that agrees if both are equal.
  void add(String name, String expected, String seen) {
    add(name, expected, seen, expected.equals(seen));
  }

  /// A row whose expectation is a description.
  void add(String name, String expected, String seen, boolean agrees) {
    rows.add(new Row(name, expected, seen, agrees));
  }

  boolean agrees() {
    return agreeing() == size();
  }

  int size() {
    return rows.size();
  }

  int agreeing() {
    return size() - disagreeing().size();
  }

  List<Row> disagreeing() {
    return rows.stream().filter(row -> !row.agrees()).toList();
  }

  /// The table as text; a row that disagrees is marked and shown whole.
  String text() {
    int name = width(rows.stream().map(Row::name).toList());
    int expected = width(rows.stream().map(Row::expected).toList());
    var text = new StringBuilder();
    text.append(line("", "what", name, "expected", expected, "seen"));
    text.append("-".repeat(Math.min(150, name + expected + 20))).append('\n');
    for (var row : rows) {
      text.append(
          line(row.agrees() ? "ok" : "XX", row.name, name, row.expected, expected, row.seen));
    }
    return text.toString();
  }

  private static int width(List<String> cells) {
    return Math.min(WIDEST, cells.stream().mapToInt(String::length).max().orElse(0));
  }

  private static String line(
      String mark, String name, int nameWidth, String expected, int expectedWidth, String seen) {
    return ("%-3s%-" + nameWidth + "s  %-" + expectedWidth + "s  %s%n")
        .formatted(mark, name, expected, seen);
  }
}
