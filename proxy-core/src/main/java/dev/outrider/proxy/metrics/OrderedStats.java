package dev.outrider.proxy.metrics;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Statistics in the order of their names, those of one owner at a time, so that nobody holds all
/// of them. What one owner has stands together: only what has a name below its prefix comes
/// between. Values are those of the moment at which they are asked for. Confined to one thread.
public final class OrderedStats {
  private final Predicate<StatValue> shown;
  private final List<Source> sources = new ArrayList<>();
  private boolean sorted;
  private int at;
  private int looked;

  /// @param shown which of the values are wanted
  OrderedStats(Predicate<StatValue> shown) {
    this.shown = shown;
  }

  /// Where values come from.
  private sealed interface Source {
    /// With which the names of all of them begin.
    String key();

    void addTo(List<StatValue> into);
  }

  private record One(String key, Supplier<StatValue> value) implements Source {
    @Override
    public void addTo(List<StatValue> into) {
      into.add(value.get());
    }
  }

  private record Numbers(String key, StatOwner owner, int loops, boolean usedOnly)
      implements Source {
    @Override
    public void addTo(List<StatValue> into) {
      addNumbers(owner, loops, usedOnly, into);
    }
  }

  private record Codes(String key, StatOwner owner) implements Source {
    @Override
    public void addTo(List<StatValue> into) {
      OrderedStats.addCodes(owner, into);
    }
  }

  private record Distributions(String key, StatOwner owner, StatsRules rules, boolean usedOnly)
      implements Source {
    @Override
    public void addTo(List<StatValue> into) {
      for (var stat : owner.template().histograms()) {
        addDistribution(owner, stat, rules, usedOnly, into);
      }
    }
  }

  void add(String name, Supplier<StatValue> value) {
    sources.add(new One(name, value));
  }

  void addNumbers(StatOwner owner, int loops, boolean usedOnly) {
    sources.add(new Numbers(owner.prefix() + ".", owner, loops, usedOnly));
  }

  /// Response codes alone.
  void addCodes(StatOwner owner) {
    sources.add(new Codes(owner.prefix() + ".", owner));
  }

  void addDistributions(StatOwner owner, StatsRules rules, boolean usedOnly) {
    sources.add(new Distributions(owner.prefix() + ".", owner, rules, usedOnly));
  }

  /// The next ones, perhaps none; null at the end.
  @Nullable List<StatValue> next() {
    if (!sorted) {
      sources.sort(Comparator.comparing(Source::key));
      sorted = true;
    }
    if (at == sources.size()) {
      return null;
    }
    var first = sources.get(at++);
    var values = new ArrayList<StatValue>();
    first.addTo(values);
    while (first.key().endsWith(".")
        && at < sources.size()
        && sources.get(at).key().startsWith(first.key())) {
      sources.get(at++).addTo(values);
    }
    looked = 1 + values.size();
    values.removeIf(value -> !shown.test(value));
    if (!inOrder(values)) {
      values.sort(Comparator.comparing(StatValue::name));
    }
    return values;
  }

  /// What the last call of [#next] cost, in statistics.
  int lastLooked() {
    return looked;
  }

  private static boolean inOrder(List<StatValue> values) {
    for (int i = 1; i < values.size(); i++) {
      if (values.get(i - 1).name().compareTo(values.get(i).name()) > 0) {
        return false;
      }
    }
    return true;
  }

  private static void addDistribution(
      StatOwner owner, int stat, StatsRules rules, boolean usedOnly, List<StatValue> into) {
    var shape = owner.template().stats().get(stat);
    var now = owner.histogram(stat);
    if (usedOnly && now.count() == 0) {
      return;
    }
    var interval = owner.interval(stat);
    if (now.count() > 0 || shape.shown() != StatTemplate.Shown.ONCE_USED) {
      var name = owner.prefix() + "." + shape.suffix();
      into.add(new StatValue.Distribution(name, now, interval, rules.boundsOf(name)));
      for (var copy : shape.copies()) {
        var copied = owner.prefix() + "." + copy;
        into.add(new StatValue.Distribution(copied, now, interval, rules.boundsOf(copied)));
      }
    }
  }

  private static void addNumbers(
      StatOwner owner, int loops, boolean usedOnly, List<StatValue> into) {
    var stats = owner.template().stats();
    for (var stat : owner.template().numbers()) {
      var used = owner.used(stat);
      // Most have no use, and a name costs more than to ask.
      if (!usedOnly || used) {
        var shape = stats.get(stat);
        var name = owner.prefix() + "." + shape.suffix();
        into.add(new StatValue.Scalar(name, shape.type(), owner.value(stat), used));
        if (shape.shown() == StatTemplate.Shown.BY_WORKER) {
          addWorkers(owner, stat, loops, into);
        }
      }
    }
    addCodes(owner, into);
  }

  /// The share of each worker, or that of the main loop, the last one, where it counts alone.
  private static void addWorkers(StatOwner owner, int stat, int loops, List<StatValue> into) {
    if (owner.counts(loops - 1) && !owner.countsBefore(loops - 1)) {
      addShare(owner, stat, "main_thread", loops - 1, into);
      return;
    }
    for (var loop = 0; loop < loops - 1; loop++) {
      addShare(owner, stat, "worker_" + loop, loop, into);
    }
  }

  private static void addShare(
      StatOwner owner, int stat, String thread, int loop, List<StatValue> into) {
    var shape = owner.template().stats().get(stat);
    var name = owner.prefix() + "." + thread + "." + shape.suffix();
    into.add(new StatValue.Scalar(name, shape.type(), owner.value(stat, loop), owner.used(stat)));
  }

  private static void addCodes(StatOwner owner, List<StatValue> into) {
    for (var family = 0; family < owner.template().families().size(); family++) {
      addCodes(owner, family, into);
    }
  }

  private static void addCodes(StatOwner owner, int family, List<StatValue> into) {
    if (!owner.hasCodes(family)) {
      return;
    }
    var byName = new TreeMap<String, Long>();
    owner.forEachCode(
        family,
        (code, count) -> {
          byName.merge(Integer.toString(code), count, Long::sum);
          byName.merge(code / 100 + "xx", count, Long::sum);
          byName.merge("completed", count, Long::sum);
        });
    for (var prefix : owner.template().families().get(family).prefixes()) {
      byName.forEach(
          (name, count) ->
              into.add(
                  new StatValue.Scalar(
                      owner.prefix() + "." + prefix + name, StatType.COUNTER, count, true)));
    }
  }
}
