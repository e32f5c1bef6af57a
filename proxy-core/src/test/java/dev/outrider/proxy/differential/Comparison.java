package dev.outrider.proxy.differential;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What one case looks like on both proxies, against what is known of it.
///
/// @param unlisted differences that nobody has accepted: failures
/// @param listed differences that are as they were accepted
/// @param stale accepted differences that are gone: failures as well
public record Comparison(List<Difference> unlisted, List<Difference> listed, List<String> stale) {
  /// What is not the same.
  ///
  /// @param envoy `-` where there is nothing
  public record Difference(String field, String envoy, String outrider) {}

  /// Status, flags, details and connection in one line. Listed as different, it implies every other
  /// difference.
  static final String OUTCOME = "outcome";

  /// A field that is a failure wherever it appears.
  private static final String PROBLEM = "problem";

  private static final String NOTHING = "-";

  boolean agrees() {
    return unlisted.isEmpty() && listed.isEmpty() && stale.isEmpty();
  }

  public boolean failed() {
    return !unlisted.isEmpty() || !stale.isEmpty();
  }

  /// @param usual differences that any case of the scenario may have, as regular expressions
  static Comparison of(
      Case compared, Map<String, Listed> usual, Observation envoy, Observation outrider) {
    return of(compared.differs(), usual, envoy.fields(), outrider.fields());
  }

  public static Comparison of(
      Map<String, Listed> differs, Map<String, String> envoy, Map<String, String> outrider) {
    return of(differs, Map.of(), envoy, outrider);
  }

  static Comparison of(
      Map<String, Listed> differs,
      Map<String, Listed> usual,
      Map<String, String> envoy,
      Map<String, String> outrider) {
    var found = new LinkedHashMap<String, Difference>();
    var outcome = new Difference(OUTCOME, outcome(envoy), outcome(outrider));
    if (differs.containsKey(OUTCOME) && differs(outcome)) {
      found.put(OUTCOME, outcome);
    } else {
      differences(envoy, outrider).forEach(each -> found.put(each.field, each));
    }
    var comparison = new Comparison(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    problems(envoy, outrider, comparison.unlisted);
    if (!differs.containsKey(OUTCOME) && differs(outcome) && !allListed(found, differs, usual)) {
      comparison.unlisted.add(outcome);
    }
    for (var difference : found.values()) {
      var pin = differs.get(difference.field);
      var known = pinned(pin, difference) || usual(usual.get(difference.field), difference);
      (known ? comparison.listed : comparison.unlisted).add(difference);
    }
    for (var field : differs.keySet()) {
      if (!found.containsKey(field)) {
        comparison.stale.add(field);
      }
    }
    return comparison;
  }

  private static boolean allListed(
      Map<String, Difference> found, Map<String, Listed> differs, Map<String, Listed> usual) {
    return found.values().stream()
        .allMatch(each -> differs.containsKey(each.field) || usual(usual.get(each.field), each));
  }

  private static boolean usual(@Nullable Listed pin, Difference difference) {
    return pin != null
        && difference.envoy.matches(pin.envoy())
        && difference.outrider.matches(pin.outrider());
  }

  private static boolean pinned(@Nullable Listed pin, Difference difference) {
    return pin != null
        && pin.envoy().equals(difference.envoy)
        && pin.outrider().equals(difference.outrider);
  }

  private static void problems(
      Map<String, String> envoy, Map<String, String> outrider, List<Difference> unlisted) {
    if (envoy.containsKey(PROBLEM) || outrider.containsKey(PROBLEM)) {
      unlisted.add(difference(PROBLEM, envoy, outrider));
    }
  }

  /// As `503 UF upstream_reset_before_response_started{...} kept`.
  static String outcome(Map<String, String> fields) {
    var parts = new ArrayList<String>();
    fields.forEach(
        (field, value) -> {
          if (field.equals("status") || field.endsWith(".status")) {
            parts.add(value.replaceFirst("^(HTTP/\\S+|:status:) (\\d+).*", "$2"));
          } else if (field.equals("rst") || field.endsWith(".rst")) {
            parts.add("rst=" + value);
          } else if (field.equals("goaway") || field.endsWith(".goaway")) {
            parts.add("goaway=" + value.replaceFirst("last \\d+ code (\\d+).*", "$1"));
          }
        });
    for (var field : List.of("log.flags", "log.details", "fate")) {
      if (fields.containsKey(field)) {
        parts.add(fields.get(field));
      }
    }
    return String.join(" ", parts);
  }

  private static List<Difference> differences(
      Map<String, String> envoy, Map<String, String> outrider) {
    var found = new ArrayList<Difference>();
    var names = new TreeSet<>(envoy.keySet());
    names.addAll(outrider.keySet());
    names.remove(PROBLEM);
    for (var name : names) {
      var difference = difference(name, envoy, outrider);
      if (!differs(difference)) {
        continue;
      }
      if (name.equals("headers") || name.endsWith(".headers")) {
        found.addAll(headers(name.substring(0, name.length() - 7), difference));
      } else {
        found.add(difference);
      }
    }
    return found;
  }

  private static Difference difference(
      String name, Map<String, String> envoy, Map<String, String> outrider) {
    return new Difference(
        name, envoy.getOrDefault(name, NOTHING), outrider.getOrDefault(name, NOTHING));
  }

  private static boolean differs(Difference difference) {
    return !difference.envoy.equals(difference.outrider);
  }

  /// One difference for each header name whose values differ; if there is none, their order.
  private static List<Difference> headers(String prefix, Difference whole) {
    var envoy = byName(whole.envoy);
    var outrider = byName(whole.outrider);
    var names = new LinkedHashSet<>(envoy.keySet());
    names.addAll(outrider.keySet());
    var found = new ArrayList<Difference>();
    for (var name : names) {
      var difference =
          new Difference(
              prefix + "header." + name,
              envoy.getOrDefault(name, NOTHING),
              outrider.getOrDefault(name, NOTHING));
      if (differs(difference)) {
        found.add(difference);
      }
    }
    if (found.isEmpty()) {
      found.add(
          new Difference(
              prefix + "header-order",
              String.join(" ", envoy.keySet()),
              String.join(" ", outrider.keySet())));
    }
    return found;
  }

  private static Map<String, String> byName(String lines) {
    var values = new LinkedHashMap<String, String>();
    if (!lines.equals(NOTHING)) {
      lines
          .lines()
          .forEach(
              line -> {
                int colon = line.indexOf(':', 1);
                var name = (colon < 0 ? line : line.substring(0, colon)).toLowerCase(Locale.ROOT);
                var value = colon < 0 ? "" : line.substring(colon + 1).replaceFirst("^ ", "");
                values.merge(name, value, (one, other) -> one + " | " + other);
              });
    }
    return values;
  }
}
