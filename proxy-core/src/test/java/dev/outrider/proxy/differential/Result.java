package dev.outrider.proxy.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// One scenario at one concurrency, on both proxies.
record Result(Scenario scenario, int concurrency, List<Row> rows, Comparison counters) {
  record Row(Case of, Observation envoy, Observation outrider, Comparison comparison) {}

  static Result of(
      Scenario scenario,
      int concurrency,
      Map<Case, Observation> envoy,
      Map<Case, Observation> outrider,
      Comparison counters) {
    var rows = new ArrayList<Row>();
    for (var each : scenario.cases()) {
      var one = Objects.requireNonNull(envoy.get(each));
      var other = Objects.requireNonNull(outrider.get(each));
      rows.add(new Row(each, one, other, Comparison.of(each, scenario.usual(), one, other)));
    }
    return new Result(scenario, concurrency, rows, counters);
  }

  String name() {
    return scenario.name() + " at concurrency " + concurrency;
  }

  /// Usual differences that no case has any more.
  List<String> unusedUsual() {
    return scenario.usual().keySet().stream()
        .filter(
            field ->
                rows.stream()
                    .flatMap(row -> row.comparison.listed().stream())
                    .noneMatch(difference -> difference.field().equals(field)))
        .toList();
  }

  /// Everything seen, for authors.
  List<String> observations() {
    var lines = new ArrayList<String>();
    for (var row : rows) {
      lines.add("=== " + row.of.name() + " - " + row.of.why());
      lines.add("--- envoy: " + Comparison.outcome(row.envoy.fields()));
      lines.addAll(row.envoy.lines());
      lines.add("--- outrider: " + Comparison.outcome(row.outrider.fields()));
      lines.addAll(row.outrider.lines());
      lines.add("");
    }
    return lines;
  }
}
