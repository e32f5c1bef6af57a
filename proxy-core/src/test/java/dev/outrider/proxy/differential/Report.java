package dev.outrider.proxy.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The results of a run as text that people read.
record Report(List<Result> results) {
  /// How many cases, and how they ended. A case counts once for each concurrency.
  record Counts(int cases, int agree, int listed, int failed) {
    @Override
    public String toString() {
      return "%d runs of a case: %d agree, %d differ as listed, %d fail"
          .formatted(cases, agree, listed, failed);
    }
  }

  Counts counts() {
    var rows = results.stream().flatMap(result -> result.rows().stream()).toList();
    int agree = (int) rows.stream().filter(row -> row.comparison().agrees()).count();
    int failed = (int) rows.stream().filter(row -> row.comparison().failed()).count();
    return new Counts(rows.size(), agree, rows.size() - agree - failed, failed);
  }

  /// Differences that fail a scenario, one line each field; empty if there is none.
  static String failures(Result result) {
    var lines = new ArrayList<String>();
    for (var row : result.rows()) {
      if (row.comparison().failed()) {
        lines.add("* " + row.of().name() + " (" + row.of().why() + ")");
        lines.addAll(shown(row.comparison().unlisted()));
        row.comparison().stale().forEach(field -> lines.add("    listed, and gone: " + field));
      }
    }
    for (var field : result.unusedUsual()) {
      lines.add("* usual, and gone: " + field);
    }
    if (result.counters().failed()) {
      lines.add("* counters");
      lines.addAll(shown(result.counters().unlisted()));
      result.counters().stale().forEach(field -> lines.add("    listed, and gone: " + field));
    }
    return String.join("\n", lines);
  }

  /// In the form in which a difference is listed. What follows from another outcome is only
  /// counted.
  private static List<String> shown(List<Comparison.Difference> unlisted) {
    var main =
        unlisted.stream()
            .filter(
                each -> each.field().equals(Comparison.OUTCOME) || each.field().equals("problem"))
            .toList();
    var lines = new ArrayList<String>();
    for (var each : main.isEmpty() ? unlisted : main) {
      lines.add(
          "    %s: { envoy: \"%s\", outrider: \"%s\" }"
              .formatted(each.field(), each.envoy(), each.outrider()));
    }
    if (!main.isEmpty() && unlisted.size() > main.size()) {
      lines.add("    and " + (unlisted.size() - main.size()) + " more fields");
    }
    return lines;
  }

  /// The table of disagreements, then the counts.
  String text() {
    var lines = new ArrayList<String>();
    lines.add("Differences from Envoy that are listed:");
    results.stream()
        .filter(result -> result.concurrency() == result.scenario().concurrency().getFirst())
        .forEach(result -> listed(result, lines));
    lines.add("");
    for (var result : results) {
      var failures = failures(result);
      if (!failures.isEmpty()) {
        lines.add(result.name() + " FAILS");
        lines.add(failures);
      }
    }
    lines.add("");
    lines.add(
        results.stream().map(result -> result.scenario().name()).distinct().count()
            + " scenarios, "
            + results.stream()
                .map(Result::scenario)
                .distinct()
                .mapToInt(scenario -> scenario.cases().size())
                .sum()
            + " cases");
    lines.add(counts().toString());
    return String.join("\n", lines) + "\n";
  }

  private static void listed(Result result, List<String> lines) {
    for (var row : result.rows()) {
      listed(result, row.of().name(), row.of().differs(), row.comparison(), lines);
    }
    usual(result, lines);
    var scenario = result.scenario();
    listed(result, "counters", scenario.counterDiffers(), result.counters(), lines);
  }

  private static void usual(Result result, List<String> lines) {
    result
        .scenario()
        .usual()
        .forEach(
            (field, pin) -> {
              lines.add("  " + result.scenario().name() + ": any case");
              lines.add("      what:     " + field);
              lines.add("      envoy:    " + pin.envoy());
              lines.add("      outrider: " + pin.outrider());
              lines.add("      why:      " + pin.why());
            });
  }

  private static void listed(
      Result result,
      String name,
      Map<String, Listed> pins,
      Comparison comparison,
      List<String> lines) {
    for (var difference : comparison.listed()) {
      var pin = pins.get(difference.field());
      if (pin == null) {
        continue; // a usual one
      }
      lines.add("  " + result.scenario().name() + ": " + name);
      lines.add("      what:     " + difference.field());
      lines.add("      envoy:    " + difference.envoy());
      lines.add("      outrider: " + difference.outrider());
      lines.add("      why:      " + pin.why());
    }
  }
}
