package dev.outrider.proxy.metrics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A strict reader of Prometheus' text format 0.0.4, written from its specification and sharing
/// nothing with what prints it: what it takes, every scraper takes. Any deviation is an
/// [IllegalArgumentException] that names the line.
public final class PrometheusGrammar {
  private static final Pattern METRIC = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");
  private static final Pattern LABEL = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]*");
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?|[+-]?Inf|[nN]a[nN]");
  private static final Set<String> TYPES =
      Set.of("counter", "gauge", "histogram", "summary", "untyped");

  private final Map<String, Family> families = new LinkedHashMap<>();
  private final Set<String> series = new HashSet<>();
  private @Nullable Family open;
  private String line = "";
  private int at;

  private PrometheusGrammar() {}

  /// One group of lines.
  public record Family(String name, String type, List<Sample> samples) {}

  /// One line.
  public record Sample(String name, Map<String, String> labels, double value) {}

  /// One that was read; fails if there is none of that name.
  public static Family family(Map<String, Family> families, String name) {
    return Objects.requireNonNull(families.get(name), name);
  }

  /// All families, by name.
  public static Map<String, Family> read(String text) {
    if (!text.isEmpty() && !text.endsWith("\n")) {
      throw new IllegalArgumentException("the last line does not end");
    }
    var grammar = new PrometheusGrammar();
    for (var each : text.split("\n", -1)) {
      grammar.line = each;
      grammar.at = 0;
      grammar.line();
    }
    grammar.families.values().stream()
        .filter(family -> family.type.equals("histogram"))
        .forEach(PrometheusGrammar::checkHistogram);
    return grammar.families;
  }

  private void line() {
    if (line.isEmpty()) {
      return;
    }
    if (line.startsWith("# TYPE ")) {
      type();
    } else if (!line.startsWith("#")) {
      sample();
    }
  }

  private void type() {
    at = "# TYPE ".length();
    var name = token(METRIC, "a metric's name");
    expect(' ');
    var type = line.substring(at);
    if (!TYPES.contains(type)) {
      throw wrong("'" + type + "' is no type");
    }
    open = new Family(name, type, new ArrayList<>());
    if (families.put(name, open) != null) {
      throw wrong("a second group of " + name);
    }
  }

  private void sample() {
    var name = token(METRIC, "a metric's name");
    var labels = at < line.length() && line.charAt(at) == '{' ? labels() : Map.<String, String>of();
    expect(' ');
    var value = token(NUMBER, "a number");
    if (at < line.length()) {
      throw wrong("something follows the value"); // no time stamps are printed
    }
    if (!series.add(name + new TreeMap<>(labels))) {
      throw wrong("a second line of one series");
    }
    var family = open;
    if (family == null || !belongs(name, labels, family)) {
      throw wrong("the line stands outside of its group");
    }
    family.samples.add(new Sample(name, labels, number(value)));
    if (family.type.equals("counter") && !(number(value) >= 0)) {
      throw wrong("a counter below zero");
    }
  }

  private static boolean belongs(String name, Map<String, String> labels, Family family) {
    return switch (family.type) {
      case "histogram" -> name.equals(family.name + "_bucket") || isTotal(name, family);
      case "summary" ->
          name.equals(family.name) ? isQuantile(labels.get("quantile")) : isTotal(name, family);
      default -> name.equals(family.name);
    };
  }

  private static boolean isTotal(String name, Family family) {
    return name.equals(family.name + "_sum") || name.equals(family.name + "_count");
  }

  private static boolean isQuantile(@Nullable String text) {
    return text != null && number(text) >= 0 && number(text) <= 1;
  }

  private Map<String, String> labels() {
    var labels = new LinkedHashMap<String, String>();
    expect('{');
    while (peek() != '}') {
      var name = token(LABEL, "a label's name");
      expect('=');
      if (labels.put(name, quoted()) != null) {
        throw wrong("a second label " + name);
      }
      if (peek() != '}') {
        expect(',');
      }
    }
    expect('}');
    return labels;
  }

  private String quoted() {
    expect('"');
    var value = new StringBuilder();
    while (peek() != '"') {
      var c = line.charAt(at++);
      value.append(c == '\\' ? escaped() : c);
    }
    expect('"');
    return value.toString();
  }

  private char escaped() {
    var c = peek();
    at++;
    return switch (c) {
      case 'n' -> '\n';
      case '\\', '"' -> c;
      default -> throw wrong("\\" + c + " is no escape");
    };
  }

  private char peek() {
    if (at >= line.length()) {
      throw wrong("the line ends too early");
    }
    return line.charAt(at);
  }

  private void expect(char c) {
    if (peek() != c) {
      throw wrong("'" + c + "' is expected");
    }
    at++;
  }

  private String token(Pattern shape, String what) {
    var matcher = shape.matcher(line).region(at, line.length());
    if (!matcher.lookingAt()) {
      throw wrong(what + " is expected");
    }
    at = matcher.end();
    return matcher.group();
  }

  private static double number(String text) {
    return Double.parseDouble(text.replace("nan", "NaN").replace("Inf", "Infinity"));
  }

  private IllegalArgumentException wrong(String what) {
    return new IllegalArgumentException(what + ", at " + at + " of: " + line);
  }

  /// Of each set of labels: ascending bounds up to infinity, counts that do not fall, and a count
  /// that is the last of them.
  private static void checkHistogram(Family family) {
    var bounds = new HashMap<Map<String, String>, Double>();
    var counts = new HashMap<Map<String, String>, Double>();
    var totals = new HashSet<Map<String, String>>();
    for (var sample : family.samples) {
      var labels = new HashMap<>(sample.labels);
      var le = labels.remove("le");
      if (sample.name.endsWith("_bucket") == (le == null)) {
        throw new IllegalArgumentException("'le' belongs to buckets: " + sample);
      }
      if (le != null) {
        var before = bounds.put(labels, number(le));
        var fewer = counts.put(labels, sample.value);
        if ((before != null && before >= number(le)) || (fewer != null && fewer > sample.value)) {
          throw new IllegalArgumentException("buckets out of order: " + sample);
        }
      } else if (sample.name.endsWith("_count")) {
        totals.add(labels);
        if (!Double.valueOf(Double.POSITIVE_INFINITY).equals(bounds.get(labels))
            || !Double.valueOf(sample.value).equals(counts.get(labels))) {
          throw new IllegalArgumentException("the last bucket is not all: " + sample);
        }
      }
    }
    if (!totals.equals(bounds.keySet())) {
      throw new IllegalArgumentException("buckets without a count: " + family.name);
    }
  }
}
