package dev.outrider.proxy.differential;

import dev.outrider.proxy.differential.Case.Fate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// Reads scenario files and the bases that they name.
record ScenarioReader(Path folder) {
  /// What a case may say for itself and a file for all of its cases.
  private static final List<String> CASE_DEFAULTS =
      List.of(
          "send",
          "client",
          "h2",
          "upstream",
          "responses",
          "fate",
          "log",
          "preface",
          "guest",
          "tls",
          "service_tls",
          "only",
          "tally");

  /// All files but the bases whose name contains `part`, in the order of their names.
  List<Scenario> all(String part) {
    try (var files = Files.walk(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".yaml"))
          .filter(file -> !file.startsWith(folder.resolve("bases")))
          .sorted()
          .map(this::read)
          .filter(scenario -> scenario.name().contains(part))
          .toList();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  Scenario read(Path file) {
    var name = folder.relativize(file).toString().replaceFirst("\\.yaml$", "");
    return read(name, load(file));
  }

  Scenario read(String name, Object document) {
    var fields = Fields.of(document, name);
    var defaults = new LinkedHashMap<String, Object>();
    for (var key : CASE_DEFAULTS) {
      var value = fields.any(key);
      if (value != null) {
        defaults.put(key, value);
      }
    }
    var concurrency = new ArrayList<Integer>();
    fields.list("concurrency").forEach(n -> concurrency.add(Integer.valueOf(n.toString())));
    var cases = cases(name, fields.list("cases"), defaults);
    boolean guests = cases.stream().anyMatch(each -> each.guest() != null);
    var scenario =
        new Scenario(
            name,
            fields.text("about"),
            guests ? cases.size() : fields.number("lanes", 1),
            concurrency.isEmpty() ? List.of(1, 4) : concurrency,
            fields.text("process", "shared").equals("own"),
            fields.list("flags").stream().map(Object::toString).toList(),
            TlsEnd.read(false, fields.any("tls"), name),
            parts(fields),
            counters(fields),
            differs(fields, "counters_differ", fields.text("about"), name),
            differs(fields, "usual", fields.text("about"), name),
            cases);
    fields.done();
    return scenario;
  }

  /// `counters: none` compares none, a list adds to the default.
  private static List<String> counters(Fields fields) {
    if (fields.text("counters", "").equals("none")) {
      return List.of();
    }
    var names = new ArrayList<>(Counters.DEFAULT);
    fields.list("counters").forEach(name -> names.add(name.toString()));
    return names;
  }

  private Map<String, Object> parts(Fields fields) {
    var base = folder.resolve("bases").resolve(fields.text("base", "plain") + ".yaml");
    var parts = new LinkedHashMap<>(Trees.mapping(load(base)));
    parts.put("hcm", Trees.merged(parts.getOrDefault("hcm", Map.of()), fields.map("hcm")));
    parts.put(
        "cluster", Trees.merged(parts.getOrDefault("cluster", Map.of()), fields.map("cluster")));
    parts.put(
        "listener", Trees.merged(parts.getOrDefault("listener", Map.of()), fields.map("listener")));
    for (var key :
        List.of(
            "tcp", "chains", "downstream_tls", "upstream_tls", "bootstrap", "dns", "log_fields")) {
      if (fields.has(key)) {
        parts.put(key, fields.map(key));
      }
    }
    for (var key :
        List.of("routes", "clusters", "http_filters", "network_filters", "virtual_hosts")) {
      var joined = new ArrayList<Object>(fields.list(key));
      if (parts.get(key) instanceof List<?> more) {
        joined.addAll(more);
      }
      parts.put(key, joined);
    }
    return parts;
  }

  private static List<Case> cases(String name, List<?> nodes, Map<String, Object> defaults) {
    var cases = new ArrayList<Case>();
    var names = new HashSet<String>();
    for (var node : nodes) {
      var own = Fields.of(node, name + " case " + (cases.size() + 1));
      var read = oneCase(name + " '" + own.text("name") + "'", Trees.mapping(node), defaults);
      if (!names.add(read.name())) {
        throw new IllegalArgumentException(name + ": two cases '" + read.name() + "'");
      }
      cases.add(read);
    }
    return cases;
  }

  private static Case oneCase(String place, Map<String, Object> own, Map<String, Object> defaults) {
    var merged = new LinkedHashMap<>(defaults);
    for (var verb : List.of("send", "client", "h2")) {
      if (own.containsKey(verb)) {
        List.of("send", "client", "h2").forEach(merged::remove);
      }
    }
    merged.putAll(own);
    var fields = Fields.of(merged, place);
    var with = new LinkedHashMap<>(fields.map("with"));
    with.put("put", fields.text("put", ""));
    var reader = new ScriptReader(with, place);
    boolean http2 = fields.has("h2");
    var read =
        new Case(
            fields.text("name"),
            fields.text("why"),
            http2,
            !fields.text("preface", "sent").equals("none"),
            TlsEnd.read(false, fields.any("tls"), place),
            TlsEnd.read(true, fields.any("service_tls"), place),
            client(fields, reader, http2),
            Fate.valueOf(fields.text("fate", "probe").toUpperCase(Locale.ROOT)),
            reader.upstream(fields.any("upstream")),
            Guest.read(fields.any("guest"), place),
            fields.number("log", -1),
            fields.list("only").stream().map(Object::toString).toList(),
            fields.text("tally", ""),
            differs(fields, "differs", fields.text("why"), place));
    fields.done();
    return read;
  }

  private static List<Step> client(Fields fields, ScriptReader reader, boolean http2) {
    int responses = fields.number("responses", 1);
    if (http2) {
      return reader.steps(fields.list("h2"));
    }
    if (fields.has("client")) {
      return reader.steps(fields.list("client"));
    }
    var steps = new ArrayList<Step>();
    steps.add(new Step.Send(reader.bytes(fields, "send"), false));
    for (int i = 0; i < responses; i++) {
      steps.add(new Step.Read(Step.What.RESPONSE));
    }
    return steps;
  }

  private static Map<String, Listed> differs(
      Fields fields, String key, String otherwise, String place) {
    var listed = new LinkedHashMap<String, Listed>();
    fields
        .map(key)
        .forEach(
            (field, node) -> {
              var pin = Fields.of(node, place + " " + key + "." + field);
              listed.put(
                  field,
                  new Listed(pin.text("envoy"), pin.text("outrider"), pin.text("why", otherwise)));
              pin.done();
            });
    return listed;
  }

  private static Object load(Path file) {
    try {
      var settings = LoadSettings.builder().setLabel(file.toString()).build();
      return new Load(settings).loadFromString(Files.readString(file));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
