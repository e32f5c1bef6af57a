package dev.outrider.proxy.metrics;

import dev.outrider.proxy.metrics.PrometheusSeries.OfClusters;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The text of `/stats/prometheus`, as Envoy prints it: counters, gauges, histograms; each group
/// sorted by its name without tags, with one TYPE line and no HELP line. A name is taken apart once
/// for all clusters, whose values are read when their line is made. Where names have to be looked
/// at one by one, because rules are configured or because a cluster's has dots, which lines there
/// are of a type is found out in empty pieces before its first, and held until its last.
public final class PrometheusText implements TextParts {
  /// Statistics that a guest defined: shown under the name it gave, without prefix.
  private static final String GUEST_NAMESPACE = "wasmcustom.";

  /// In place of the name of a cluster; in no name.
  private static final String SOME_CLUSTER = "\u0001";

  /// In place of [#MOST_STATS] where each name is held against expressions of a configuration.
  private static final int MOST_BY_RULES = 100;

  private static final MathContext SUM_DIGITS = new MathContext(32);

  private final StatsRules rules;
  private final boolean summaries;
  private final StringBuilder out = new StringBuilder();
  private final ArrayDeque<Group> groups = new ArrayDeque<>();
  private final Set<String> printed = new HashSet<>();
  private final Set<String> seen = new HashSet<>();
  private @Nullable Gathering gathering;
  private @Nullable Group group;
  private int at;
  private boolean named;

  private PrometheusText(StatsRules rules, boolean summaries, Gathering gathering) {
    this.rules = rules;
    this.summaries = summaries;
    this.gathering = gathering;
  }

  /// The lines of one metric.
  private record Group(String metric, String type, PrometheusSeries lines) {}

  /// Any thread.
  public static String of(MetricRegistry registry, StatFilter filter) {
    return parts(registry, filter, false, false).all();
  }

  /// Piece by piece.
  ///
  /// @param readouts show texts too, as labels of gauges that are 0
  /// @param summaries show quantiles of the last interval in place of buckets
  public static TextParts parts(
      MetricRegistry registry, StatFilter filter, boolean readouts, boolean summaries) {
    var gathering = new Gathering(registry, registry.rules(), filter);
    gathering.numbers("counter", StatType.COUNTER);
    gathering.numbers("gauge", StatType.GAUGE);
    if (readouts) {
      gathering.texts();
    }
    gathering.distributions(summaries ? "summary" : "histogram");
    return new PrometheusText(registry.rules(), summaries, gathering);
  }

  private void add(String type, Map<String, PrometheusSeries> byName) {
    // Names that differ before they are printed only are one group: scrapers refuse a second one.
    var merged = new LinkedHashMap<String, PrometheusSeries>();
    byName.forEach(
        (name, lines) -> {
          var metric = metricName(name);
          if (!metric.isEmpty()) {
            merged.merge(metric, lines, PrometheusSeries.Joined::new);
          }
        });
    merged.forEach((metric, lines) -> groups.add(new Group(metric, type, lines)));
  }

  @Override
  public @Nullable CharSequence next() {
    out.setLength(0);
    if (gathering != null && group == null && groups.isEmpty()) {
      if (!gathering.more(this::add)) {
        gathering = null;
      }
      return out;
    }
    for (var looked = 0; out.length() < PIECE && looked < MOST_STATS; looked++) {
      var current = group;
      if (current == null || at == current.lines().size()) {
        group = groups.poll();
        at = 0;
        named = false;
        seen.clear();
        if (group == null) {
          return out.isEmpty() && gathering == null ? null : out;
        }
      } else {
        print(current, at++);
      }
    }
    return out;
  }

  private void print(Group current, int index) {
    var value = current.lines().value(index);
    if (value == null) {
      return;
    }
    var metric = current.metric();
    var labels = current.lines().labels(index);
    if (mayRepeat(current) && !seen.add(labels)) {
      return; // the first of several lines of one series stands for all
    }
    if (!named) {
      if (!printed.add(metric)) { // and so does the first type of a name
        at = current.lines().size();
        return;
      }
      named = true;
      out.append("# TYPE ").append(metric).append(' ').append(current.type()).append('\n');
    }
    switch (value) {
      case StatValue.Scalar scalar -> {
        StatNumber.unsigned(begin(metric, "", labels).append("} "), scalar.value());
        out.append('\n');
      }
      case StatValue.Text text -> {
        begin(metric, "", labels);
        label(labels, "text_value", escape(text.value())).append("0\n");
      }
      case StatValue.Distribution distribution -> distribution(metric, labels, distribution);
    }
  }

  /// What the built-in rules take out of one name is never the same for two of them.
  private boolean mayRepeat(Group some) {
    return !rules.tags().isEmpty() || some.lines() instanceof PrometheusSeries.Joined;
  }

  /// Statistics of which some become groups of one type.
  ///
  /// @param member which of them
  /// @param ofClusters what clusters have of it; null = nothing
  private record Stage(
      String type,
      OrderedStats stats,
      Predicate<StatValue> member,
      @Nullable StatType ofClusters) {}

  /// Finds out which lines there are, some statistics at a time.
  private static final class Gathering {
    private final MetricRegistry registry;
    private final StatsRules rules;
    private final StatFilter filter;
    private final Predicate<StatValue> shown;
    private final Map<StatTemplate, List<StatOwner>> clusters = new HashMap<>();
    private final List<StatOwner> others = new ArrayList<>();
    private final ArrayDeque<Stage> stages = new ArrayDeque<>();
    private final int most;
    // Of the first stage, by the names of their groups.
    private final Map<String, List<PrometheusSeries.Tagged>> several = new TreeMap<>();
    private String lastLabels = "";

    Gathering(MetricRegistry registry, StatsRules rules, StatFilter filter) {
      this.registry = registry;
      this.rules = rules;
      this.filter = filter;
      this.shown = value -> filter.shows(value) && rules.admitted().test(value.name());
      this.most = rules.tags().isEmpty() ? MOST_STATS : MOST_BY_RULES;
      // Where somebody configured what becomes a tag, each name has to be looked at.
      var alike = rules.tags().isEmpty() && rules.knows("cluster_name");
      for (var owner : registry.owners()) {
        if (alike && OfClusters.fits(owner)) {
          clusters.computeIfAbsent(owner.template(), _ -> new ArrayList<>()).add(owner);
        } else {
          others.add(owner);
        }
      }
      clusters
          .values()
          .forEach(all -> all.sort(Comparator.comparing(owner -> owner.prefix() + ".")));
    }

    void numbers(String name, StatType type) {
      var ordered = registry.ordered(filter);
      registry.addApart(ordered);
      others.forEach(owner -> ordered.addNumbers(owner, registry.loops(), filter.usedOnly()));
      clusters.values().forEach(all -> all.forEach(ordered::addCodes));
      stages.add(
          new Stage(
              name,
              ordered,
              value -> value instanceof StatValue.Scalar number && number.type() == type,
              type));
    }

    void texts() {
      stages.add(new Stage("gauge", registry.texts(filter), _ -> true, null));
    }

    void distributions(String name) {
      var ordered = registry.ordered(filter);
      registry.addDistributionsApart(ordered);
      others.forEach(owner -> ordered.addDistributions(owner, rules, filter.usedOnly()));
      stages.add(new Stage(name, ordered, _ -> true, StatType.HISTOGRAM));
    }

    /// Looks at some more. False when it has looked at all.
    ///
    /// @param done gets the groups of a type when they are complete, by their names
    boolean more(BiConsumer<String, Map<String, PrometheusSeries>> done) {
      var stage = stages.element();
      for (var looked = 0; looked < most; looked += stage.stats().lastLooked()) {
        var some = stage.stats().next();
        if (some == null) {
          done.accept(stage.type(), groups(stage.ofClusters()));
          several.clear();
          stages.remove();
          return !stages.isEmpty();
        }
        gather(some, stage.member());
      }
      return true;
    }

    private void gather(List<StatValue> some, Predicate<StatValue> member) {
      for (var value : some) {
        if (member.test(value)) {
          var name = tagged(value); // once: rules of a configuration cost something
          several
              .computeIfAbsent(name.name(), _ -> new ArrayList<>())
              .add(new PrometheusSeries.Tagged(value, shared(labels(name))));
        }
      }
    }

    /// Most have those of the one before: there may be a million.
    private String shared(String labels) {
      if (!labels.equals(lastLabels)) {
        lastLabels = labels;
      }
      return lastLabels;
    }

    private Map<String, PrometheusSeries> groups(@Nullable StatType type) {
      var groups = new TreeMap<String, PrometheusSeries>();
      clusters.forEach(
          (template, owners) -> {
            for (var stat = 0; stat < template.stats().size(); stat++) {
              var shape = template.stats().get(stat);
              if (shape.type() == type) {
                add(owners, stat, shape.suffix(), groups);
                for (var copy : shape.copies()) {
                  add(owners, stat, copy, groups);
                }
              }
            }
          });
      several.forEach((name, all) -> groups.put(name, new PrometheusSeries.Several(all)));
      return groups;
    }

    /// As one group, unless others have the same name: then as some of them, in order.
    private void add(
        List<StatOwner> owners, int stat, String suffix, Map<String, PrometheusSeries> groups) {
      var name = TaggedName.of(OfClusters.PREFIX + SOME_CLUSTER + "." + suffix, rules);
      var labels = labels(name);
      var cluster = labels.indexOf(SOME_CLUSTER);
      var series =
          new OfClusters(
              owners,
              stat,
              suffix,
              labels.substring(0, cluster),
              labels.substring(cluster + 1),
              rules,
              shown);
      var beside = several.get(name.name());
      var before = groups.remove(name.name());
      if (beside == null && before == null) {
        groups.put(name.name(), series);
        return;
      }
      var all = beside == null ? new ArrayList<PrometheusSeries.Tagged>() : beside;
      addTo(all, series);
      if (before != null) {
        addTo(all, before);
      }
      all.sort(Comparator.comparing(each -> each.value().name()));
      several.put(name.name(), all);
    }

    private void addTo(List<PrometheusSeries.Tagged> all, PrometheusSeries series) {
      for (var i = 0; i < series.size(); i++) {
        var value = series.value(i);
        if (value != null) {
          all.add(new PrometheusSeries.Tagged(value, series.labels(i)));
        }
      }
    }

    private TaggedName tagged(StatValue value) {
      return value.name().startsWith(GUEST_NAMESPACE)
          ? new TaggedName(value.name(), List.of())
          : TaggedName.of(value.name(), rules);
    }
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

  static String labels(TaggedName tagged) {
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

  private void distribution(String metric, String labels, StatValue.Distribution distribution) {
    var interval = distribution.interval();
    var counted =
        !summaries
            ? distribution.cumulative()
            : interval == null ? HistogramSnapshot.EMPTY : interval;
    if (summaries) {
      quantiles(metric, labels, counted);
    } else {
      buckets(metric, labels, distribution.bounds(), counted);
    }
    begin(metric, "_sum", labels).append("} ").append(exact(counted.sum())).append('\n');
    begin(metric, "_count", labels).append("} ").append(counted.count()).append('\n');
  }

  private void buckets(
      String metric, String labels, List<Double> bounds, HistogramSnapshot counted) {
    for (var bound : bounds) {
      begin(metric, "_bucket", labels);
      label(labels, "le", StatNumber.plain(bound)).append(counted.countUpTo(bound)).append('\n');
    }
    begin(metric, "_bucket", labels);
    label(labels, "le", "+Inf").append(counted.count()).append('\n');
  }

  private void quantiles(String metric, String labels, HistogramSnapshot counted) {
    for (var percent : HistogramSnapshot.QUANTILES) {
      var value = counted.quantile(percent);
      begin(metric, "", labels);
      label(labels, "quantile", StatNumber.plain(HistogramSnapshot.fraction(percent)))
          .append(Double.isNaN(value) ? "nan" : exact(value))
          .append('\n');
    }
  }

  private static String exact(double value) {
    return value == 0
        ? "0"
        : new BigDecimal(value).round(SUM_DIGITS).stripTrailingZeros().toPlainString();
  }

  /// A line as far as the labels that all lines of a statistic have.
  private StringBuilder begin(String metric, String suffix, String labels) {
    return out.append(metric).append(suffix).append('{').append(labels);
  }

  /// The last label, behind the others.
  private StringBuilder label(String others, String name, String value) {
    return out.append(others.isEmpty() ? "" : ",")
        .append(name)
        .append("=\"")
        .append(value)
        .append("\"} ");
  }
}
