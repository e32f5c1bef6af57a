package dev.outrider.proxy.metrics;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/// The text of `/stats/prometheus`, as Envoy prints it: counters, gauges, histograms; each group
/// sorted by its name without tags, with one TYPE line and no HELP line.
public final class PrometheusText {
  /// Statistics that a guest defined: shown under the name it gave, without prefix.
  private static final String GUEST_NAMESPACE = "wasmcustom.";

  private static final MathContext SUM_DIGITS = new MathContext(32);

  private final List<StatValue> values;
  private final StatsRules rules;
  private final boolean summaries;
  private final StringBuilder out = new StringBuilder();
  private final Set<String> printed = new HashSet<>();

  private PrometheusText(List<StatValue> values, StatsRules rules, boolean summaries) {
    this.values = values;
    this.rules = rules;
    this.summaries = summaries;
  }

  /// Any thread.
  public static String of(MetricRegistry registry, StatFilter filter) {
    return of(registry.snapshot(filter), registry.rules(), false, false);
  }

  /// The same of values that were chosen. Any thread.
  ///
  /// @param readouts show texts too, as labels of gauges that are 0
  /// @param summaries show quantiles of the last interval in place of buckets
  public static String of(
      List<StatValue> values, StatsRules rules, boolean readouts, boolean summaries) {
    var text = new PrometheusText(values, rules, summaries);
    text.group("counter", value -> isScalar(value, StatType.COUNTER), text::scalar);
    text.group("gauge", value -> isScalar(value, StatType.GAUGE), text::scalar);
    if (readouts) {
      text.group("gauge", StatValue.Text.class::isInstance, text::readout);
    }
    text.group(
        summaries ? "summary" : "histogram",
        StatValue.Distribution.class::isInstance,
        text::distribution);
    return text.out.toString();
  }

  private static boolean isScalar(StatValue value, StatType type) {
    return value instanceof StatValue.Scalar scalar && scalar.type() == type;
  }

  private void group(
      String type, Predicate<StatValue> member, BiConsumer<Series, StatValue> print) {
    var groups = new TreeMap<String, List<Tagged>>();
    for (var value : values) {
      if (member.test(value)) {
        var tagged = tagged(value); // once: rules of a configuration cost something
        groups
            .computeIfAbsent(tagged.name(), _ -> new ArrayList<>())
            .add(new Tagged(value, tagged));
      }
    }
    byMetric(groups).forEach((metric, group) -> group(metric, type, group, print));
  }

  /// Names that differ before they are printed only are one group: scrapers refuse a second one.
  private static Map<String, List<Tagged>> byMetric(Map<String, List<Tagged>> groups) {
    var merged = new LinkedHashMap<String, List<Tagged>>();
    groups.forEach(
        (name, group) -> {
          var metric = metricName(name);
          if (!metric.isEmpty()) {
            merged.merge(metric, group, PrometheusText::joined);
          }
        });
    return merged;
  }

  private static List<Tagged> joined(List<Tagged> first, List<Tagged> second) {
    first.addAll(second);
    return first;
  }

  /// The first of several lines that would be the same series stands for all, and so does the first
  /// type of a name.
  private void group(
      String metric, String type, List<Tagged> group, BiConsumer<Series, StatValue> print) {
    if (!printed.add(metric)) {
      return;
    }
    out.append("# TYPE ").append(metric).append(' ').append(type).append('\n');
    var names = group.getFirst().name().name();
    var distinct =
        rules.tags().isEmpty() && group.getLast().name().name().equals(names)
            ? null // by what the built-in rules take out of one name
            : new HashSet<String>();
    for (var each : group) {
      var labels = labels(each.name());
      if (distinct == null || distinct.add(labels)) {
        print.accept(new Series(metric, labels), each.value());
      }
    }
  }

  private TaggedName tagged(StatValue value) {
    return value.name().startsWith(GUEST_NAMESPACE)
        ? new TaggedName(value.name(), List.of())
        : TaggedName.of(value.name(), rules);
  }

  /// Empty if the name cannot be shown.
  private static String metricName(String name) {
    if (!name.startsWith(GUEST_NAMESPACE)) {
      return "envoy_" + sanitize(name);
    }
    var given = sanitize(name.substring(GUEST_NAMESPACE.length()));
    return given.isEmpty() || Character.isDigit(given.charAt(0)) ? "" : given;
  }

  static String sanitize(String name) {
    var clean = new StringBuilder(name);
    for (var i = 0; i < clean.length(); i++) {
      var c = clean.charAt(i);
      if (c >= 0x80 || (!Character.isLetterOrDigit(c) && c != '_')) {
        clean.setCharAt(i, '_');
      }
    }
    return clean.toString();
  }

  private static String labels(TaggedName tagged) {
    var labels = new StringBuilder();
    for (var tag : tagged.tags()) {
      if (!labels.isEmpty()) {
        labels.append(',');
      }
      labels.append(sanitize(tag.name())).append("=\"");
      labels.append(escape(tag.value())).append('"');
    }
    return labels.toString();
  }

  static String escape(String value) {
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\"", "\\\"");
  }

  private void scalar(Series series, StatValue value) {
    if (value instanceof StatValue.Scalar scalar) {
      line(series.name, series.labels, Long.toUnsignedString(scalar.value()));
    }
  }

  private void readout(Series series, StatValue value) {
    if (value instanceof StatValue.Text text) {
      line(series.name, series.with("text_value", escape(text.value())), "0");
    }
  }

  private void distribution(Series series, StatValue value) {
    if (!(value instanceof StatValue.Distribution distribution)) {
      return;
    }
    var interval = distribution.interval();
    var counted =
        !summaries
            ? distribution.cumulative()
            : interval == null ? HistogramSnapshot.EMPTY : interval;
    if (summaries) {
      quantiles(series, counted);
    } else {
      buckets(series, distribution.bounds(), counted);
    }
    line(series.name + "_sum", series.labels, exact(counted.sum()));
    line(series.name + "_count", series.labels, Long.toString(counted.count()));
  }

  private void buckets(Series series, List<Double> bounds, HistogramSnapshot counted) {
    for (var bound : bounds) {
      bucket(series, StatNumber.plain(bound), counted.countUpTo(bound));
    }
    bucket(series, "+Inf", counted.count());
  }

  /// In one go: most lines of a page are such.
  private void bucket(Series series, String bound, long count) {
    out.append(series.name).append("_bucket{").append(series.labels);
    out.append(series.labels.isEmpty() ? "le=\"" : ",le=\"").append(bound).append("\"} ");
    out.append(count).append('\n');
  }

  private void quantiles(Series series, HistogramSnapshot counted) {
    for (var percent : HistogramSnapshot.QUANTILES) {
      var value = counted.quantile(percent);
      line(
          series.name,
          series.with("quantile", StatNumber.plain(percent / 100)),
          Double.isNaN(value) ? "nan" : exact(value));
    }
  }

  private static String exact(double value) {
    return new BigDecimal(value).round(SUM_DIGITS).stripTrailingZeros().toPlainString();
  }

  private void line(String name, String labels, String value) {
    out.append(name).append('{').append(labels).append("} ").append(value).append('\n');
  }

  /// A statistic with its name taken apart.
  private record Tagged(StatValue value, TaggedName name) {}

  /// One line's identity.
  private record Series(String name, String labels) {
    /// The labels and one more.
    String with(String label, String value) {
      var more = label + "=\"" + value + '"';
      return labels.isEmpty() ? more : labels + "," + more;
    }
  }
}
