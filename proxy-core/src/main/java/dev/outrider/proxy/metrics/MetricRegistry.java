package dev.outrider.proxy.metrics;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// All statistics of the process, one per process. Any thread.
public final class MetricRegistry {
  private final int loops;
  private final RecentLookups lookups = new RecentLookups();
  private volatile StatsRules rules = StatsRules.NONE;
  private volatile @Nullable RecordedValues listener; // set at the start
  private final ConcurrentHashMap<OwnerKey, Lease> owners = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Counter> counters = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Gauge> gauges = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Histogram> histograms = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, LongSupplier> computed = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Supplier<String>> texts = new ConcurrentHashMap<>();

  /// @param loops how many loops count: the workers 0..n-1 and the main loop n
  public MetricRegistry(int loops) {
    this.loops = loops;
  }

  public int loops() {
    return loops;
  }

  /// How statistics are shown from now on: the configuration is read when some are counted already.
  public void show(StatsRules configured) {
    rules = configured;
  }

  /// Which names are asked for.
  public RecentLookups lookups() {
    return lookups;
  }

  public StatsRules rules() {
    return rules;
  }

  /// Who is told each value of a histogram from now on. There is one.
  public void listen(RecordedValues told) {
    listener = told;
  }

  @Nullable RecordedValues listener() {
    return listener;
  }

  /// Leases the statistics of one owner; two leases of one name share them. Each ends with
  /// [StatOwner#release].
  ///
  /// @param prefix without a dot at the end: `cluster.users`
  public StatOwner owner(StatTemplate template, String prefix) {
    lookups.add(prefix);
    var lease =
        owners.compute(
            new OwnerKey(template, prefix),
            (_, old) ->
                old == null
                    ? new Lease(new StatOwner(template, prefix, loops, this), 1)
                    : new Lease(old.owner, old.holders + 1));
    return lease.owner;
  }

  void release(StatOwner owner) {
    owners.computeIfPresent(
        new OwnerKey(owner.template(), owner.prefix()),
        (_, old) -> old.holders == 1 ? null : new Lease(old.owner, old.holders - 1));
  }

  /// One hot statistic over all owners of a kind and all workers.
  public long total(StatTemplate template, int stat) {
    var sum = 0L;
    for (var lease : owners.values()) {
      for (var loop = 0; lease.owner.template() == template && loop < loops - 1; loop++) {
        sum += lease.owner.value(stat, loop);
      }
    }
    return sum;
  }

  public Counter counter(String name) {
    lookups.add(name);
    return counters.computeIfAbsent(name, _ -> new Counter());
  }

  public Gauge gauge(String name) {
    lookups.add(name);
    return gauges.computeIfAbsent(name, _ -> new Gauge());
  }

  public Histogram histogram(String name) {
    lookups.add(name);
    return histograms.computeIfAbsent(name, _ -> new Histogram(value -> recorded(name, value)));
  }

  private void recorded(String histogram, long value) {
    var told = listener;
    if (told != null) {
      told.recorded(histogram, value);
    }
  }

  /// A gauge whose value is asked for when somebody reads: uptime, memory.
  public void computedGauge(String name, LongSupplier value) {
    computed.put(name, value);
  }

  /// A text readout; empty = never set.
  public void text(String name, Supplier<String> value) {
    texts.put(name, value);
  }

  /// Takes a text readout away, if it is still this one.
  public void removeText(String name, Supplier<String> value) {
    texts.remove(name, value);
  }

  /// Everything, by name: texts, then counters and gauges, then histograms.
  public List<StatValue> snapshot() {
    return snapshot(StatFilter.ALL);
  }

  /// The same of those that a page shows. Any thread.
  public List<StatValue> snapshot(StatFilter filter) {
    var texted = new ArrayList<StatValue>();
    texts.forEach((name, value) -> texted.add(new StatValue.Text(name, value.get())));
    var all = new ArrayList<StatValue>(shown(texted, filter));
    all.addAll(numbers(filter));
    all.addAll(distributions(filter));
    return all;
  }

  /// Of those the histograms, by name. Any thread.
  public List<StatValue.Distribution> distributions(StatFilter filter) {
    var distributions = new ArrayList<StatValue.Distribution>();
    histograms.forEach(
        (name, histogram) ->
            distributions.add(
                new StatValue.Distribution(
                    name, histogram.snapshot(), histogram.interval(), rules.boundsOf(name))));
    owners.values().forEach(lease -> addHistograms(lease.owner, filter, distributions));
    return shown(distributions, filter);
  }

  /// Of those the counters and gauges, by name. Any thread.
  public List<StatValue.Scalar> numbers(StatFilter filter) {
    var numbers = new ArrayList<StatValue.Scalar>();
    counters.forEach(
        (name, counter) ->
            numbers.add(
                new StatValue.Scalar(
                    name, StatType.COUNTER, counter.value(), counter.value() != 0)));
    gauges.forEach(
        (name, gauge) ->
            numbers.add(new StatValue.Scalar(name, StatType.GAUGE, gauge.value(), gauge.used())));
    computed.forEach(
        (name, value) ->
            numbers.add(new StatValue.Scalar(name, StatType.GAUGE, value.getAsLong(), true)));
    owners.values().forEach(lease -> addNumbers(lease.owner, filter, numbers));
    return shown(numbers, filter);
  }

  /// In order, without what nobody wants to see.
  private <V extends StatValue> List<V> shown(List<V> values, StatFilter filter) {
    values.removeIf(
        value ->
            !filter.shows(value)
                || !rules.admitted().test(value.name())); // what is left is less to put in order
    values.sort(Comparator.comparing(StatValue::name));
    return values;
  }

  /// Ends an interval of every histogram. Called by the main loop, every `stats_flush_interval`.
  public void flush() {
    histograms.values().forEach(Histogram::flush);
    owners.values().forEach(lease -> lease.owner.flush());
  }

  /// Sets counters that no loop owns to zero. Any thread.
  public void resetCounters() {
    counters.values().forEach(Counter::reset);
    owners.values().forEach(lease -> lease.owner.resetColdCounters());
  }

  /// Sets what that loop has counted to zero. On that loop.
  public void resetCounters(int loopIndex) {
    owners.values().forEach(lease -> lease.owner.resetHotCounters(loopIndex));
  }

  private void addHistograms(
      StatOwner owner, StatFilter filter, List<StatValue.Distribution> into) {
    var stats = owner.template().stats();
    for (var stat = 0; stat < stats.size(); stat++) {
      if (stats.get(stat).type() == StatType.HISTOGRAM) {
        addHistogram(owner, stat, filter, into);
      }
    }
  }

  private void addHistogram(
      StatOwner owner, int stat, StatFilter filter, List<StatValue.Distribution> into) {
    var shape = owner.template().stats().get(stat);
    var now = owner.histogram(stat);
    if (filter.usedOnly() && now.count() == 0) {
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

  private void addNumbers(StatOwner owner, StatFilter filter, List<StatValue.Scalar> into) {
    var stats = owner.template().stats();
    for (var stat = 0; stat < stats.size(); stat++) {
      var type = stats.get(stat).type();
      // Most have no use, and a name costs more than to ask.
      if (type != StatType.HISTOGRAM && (!filter.usedOnly() || owner.used(stat))) {
        var name = owner.prefix() + "." + stats.get(stat).suffix();
        into.add(new StatValue.Scalar(name, type, owner.value(stat), owner.used(stat)));
        if (stats.get(stat).shown() == StatTemplate.Shown.BY_WORKER) {
          addWorkers(owner, stat, into);
        }
      }
    }
    for (var family = 0; family < owner.template().families().size(); family++) {
      addCodes(owner, family, into);
    }
  }

  /// The share of each worker, or that of the main loop, the last one, where it counts alone.
  private void addWorkers(StatOwner owner, int stat, List<StatValue.Scalar> into) {
    if (owner.counts(loops - 1) && !owner.countsBefore(loops - 1)) {
      addShare(owner, stat, "main_thread", loops - 1, into);
      return;
    }
    for (var loop = 0; loop < loops - 1; loop++) {
      addShare(owner, stat, "worker_" + loop, loop, into);
    }
  }

  private static void addShare(
      StatOwner owner, int stat, String thread, int loop, List<StatValue.Scalar> into) {
    var shape = owner.template().stats().get(stat);
    var name = owner.prefix() + "." + thread + "." + shape.suffix();
    into.add(new StatValue.Scalar(name, shape.type(), owner.value(stat, loop), owner.used(stat)));
  }

  private static void addCodes(StatOwner owner, int family, List<StatValue.Scalar> into) {
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

  private record OwnerKey(StatTemplate template, String prefix) {}

  private record Lease(StatOwner owner, int holders) {}
}
