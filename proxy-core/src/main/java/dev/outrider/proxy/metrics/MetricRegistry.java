package dev.outrider.proxy.metrics;

import java.util.ArrayList;
import java.util.List;
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
    var all = new ArrayList<StatValue>();
    for (var stats : List.of(texts(filter), orderedNumbers(filter), orderedDistributions(filter))) {
      for (var some = stats.next(); some != null; some = stats.next()) {
        all.addAll(some);
      }
    }
    return all;
  }

  /// Of those the counters and gauges, by name. Any thread.
  public List<StatValue.Scalar> numbers(StatFilter filter) {
    var all = new ArrayList<StatValue.Scalar>();
    var stats = orderedNumbers(filter);
    for (var some = stats.next(); some != null; some = stats.next()) {
      for (var value : some) {
        if (value instanceof StatValue.Scalar number) {
          all.add(number);
        }
      }
    }
    return all;
  }

  OrderedStats texts(StatFilter filter) {
    var ordered = ordered(filter);
    texts.forEach((name, value) -> ordered.add(name, () -> new StatValue.Text(name, value.get())));
    return ordered;
  }

  /// Counters and gauges.
  OrderedStats orderedNumbers(StatFilter filter) {
    var ordered = ordered(filter);
    addApart(ordered);
    owners.values().forEach(lease -> ordered.addNumbers(lease.owner, loops, filter.usedOnly()));
    return ordered;
  }

  /// Counters and gauges that no owner has.
  void addApart(OrderedStats ordered) {
    counters.forEach(
        (name, counter) ->
            ordered.add(
                name,
                () ->
                    new StatValue.Scalar(
                        name, StatType.COUNTER, counter.value(), counter.value() != 0)));
    gauges.forEach(
        (name, gauge) ->
            ordered.add(
                name,
                () -> new StatValue.Scalar(name, StatType.GAUGE, gauge.value(), gauge.used())));
    computed.forEach(
        (name, value) ->
            ordered.add(
                name, () -> new StatValue.Scalar(name, StatType.GAUGE, value.getAsLong(), true)));
  }

  /// Of those the histograms, by name. Any thread.
  public List<StatValue.Distribution> distributions(StatFilter filter) {
    var all = new ArrayList<StatValue.Distribution>();
    var stats = orderedDistributions(filter);
    for (var some = stats.next(); some != null; some = stats.next()) {
      for (var value : some) {
        if (value instanceof StatValue.Distribution distribution) {
          all.add(distribution);
        }
      }
    }
    return all;
  }

  OrderedStats orderedDistributions(StatFilter filter) {
    var ordered = ordered(filter);
    addDistributionsApart(ordered);
    owners
        .values()
        .forEach(lease -> ordered.addDistributions(lease.owner, rules, filter.usedOnly()));
    return ordered;
  }

  /// Distributions that no owner has.
  void addDistributionsApart(OrderedStats ordered) {
    histograms.forEach(
        (name, histogram) ->
            ordered.add(
                name,
                () ->
                    new StatValue.Distribution(
                        name, histogram.snapshot(), histogram.interval(), rules.boundsOf(name))));
  }

  /// Nothing yet, and without what nobody wants to see.
  OrderedStats ordered(StatFilter filter) {
    var admitted = rules.admitted();
    return new OrderedStats(value -> filter.shows(value) && admitted.test(value.name()));
  }

  /// Every owner, at this moment.
  List<StatOwner> owners() {
    var all = new ArrayList<StatOwner>(owners.size());
    owners.values().forEach(lease -> all.add(lease.owner));
    return all;
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

  private record OwnerKey(StatTemplate template, String prefix) {}

  private record Lease(StatOwner owner, int holders) {}
}
