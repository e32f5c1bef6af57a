package dev.outrider.proxy.differential;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What was seen of one case, by field. Headers are kept in order under one field each message,
/// `headers`, and compared one by one. Written by client and service threads.
final class Observation {
  private final Map<String, String> fields = Collections.synchronizedMap(new TreeMap<>());

  void put(String field, String value) {
    fields.put(field, value);
  }

  /// Only if there is something to tell.
  void putIfAny(String field, String value) {
    if (!value.isEmpty()) {
      put(field, value);
    }
  }

  /// Behind what is there already.
  void add(String field, String value) {
    fields.merge(field, value, (before, more) -> before + " | " + more);
  }

  String get(String field) {
    return fields.getOrDefault(field, "");
  }

  void request(String prefix, Message message) {
    put(prefix + "request", WireText.shown(message.first()));
    rest(prefix, message);
  }

  void response(String prefix, Message message) {
    put(prefix + "status", message.first().isEmpty() ? "none" : WireText.shown(message.first()));
    rest(prefix, message);
  }

  private void rest(String prefix, Message message) {
    headers(prefix + "headers", message.headers());
    putIfAny(prefix + "body", WireText.shown(message.body()));
    putIfAny(prefix + "trailers", WireText.shown(String.join(", ", message.trailers())));
    if (message.cutShort() && !message.lines().isEmpty()) {
      put(prefix + "cut", "short");
    }
  }

  void headers(String field, List<String> lines) {
    put(field, String.join("\n", lines.stream().map(WireText::shown).toList()));
  }

  /// Counts the values that a header has in all responses to the client, ports left out.
  void tally(String header) {
    var counts = new TreeMap<String, Integer>();
    fields()
        .forEach(
            (field, lines) -> {
              if (field.endsWith("headers") && !field.startsWith("upstream.")) {
                lines
                    .lines()
                    .filter(line -> line.startsWith(header + ": "))
                    .map(line -> line.substring(header.length() + 2).replaceFirst(":\\d+$", ""))
                    .forEach(value -> counts.merge(value, 1, Integer::sum));
              }
            });
    var all = new ArrayList<String>();
    counts.forEach((value, count) -> all.add(value + " x " + count));
    put("tally", String.join(", ", all));
  }

  /// These and what is a problem.
  Observation only(List<String> names) {
    var part = new Observation();
    fields()
        .forEach(
            (field, value) -> {
              if (names.contains(field) || field.equals("problem")) {
                part.put(field, value);
              }
            });
    return part;
  }

  /// The fields, in the order of their names.
  Map<String, String> fields() {
    synchronized (fields) {
      return new TreeMap<>(fields);
    }
  }

  List<String> lines() {
    var lines = new ArrayList<String>();
    fields().forEach((field, value) -> lines.add(field + ": " + value.replace("\n", "\n      ")));
    return lines;
  }
}
