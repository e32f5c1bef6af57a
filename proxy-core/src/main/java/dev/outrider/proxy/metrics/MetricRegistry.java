package dev.outrider.proxy.metrics;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// All statistics of the process, one per process. Any thread.
public final class MetricRegistry {
  private final int loops;
  private final ConcurrentHashMap<OwnerKey, Lease> owners = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Counter> counters = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Gauge> gauges = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Histogram> histograms = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, LongSupplier> computed = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Supplier<String>> texts = new ConcurrentHashMap<>();

  // Replaced by flush(), which only the main loop calls.
  private volatile @Nullable Flush lastFlush;

  /// @param loops how many loops count: the workers 0..n-1 and the main loop n
  public MetricRegistry(int loops) {
    this.loops = loops;
  }

  public int loops() {
    return loops;
  }

  /// Leases the statistics of one owner; two leases of one name share them. Each ends with
  /// [StatOwner#release].
  ///
  /// @param prefix without a dot at the end: `cluster.users`
  public StatOwner owner(StatTemplate template, String prefix) {
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

  public Counter counter(String name) {
    return counters.computeIfAbsent(name, _ -> new Counter());
  }

  public Gauge gauge(String name) {
    return gauges.computeIfAbsent(name, _ -> new Gauge());
  }

  public Histogram histogram(String name) {
    return histograms.computeIfAbsent(name, _ -> new Histogram());
  }

  /// A gauge whose value is asked for when somebody reads: uptime, memory.
  public void computedGauge(String name, LongSupplier value) {
    computed.put(name, value);
  }

  /// A text readout; empty = never set.
  public void text(String name, Supplier<String> value) {
    texts.put(name, value);
  }

  /// Everything, by name: texts, then counters and gauges, then histograms.
  public List<StatValue> snapshot() {
    var texted = new ArrayList<StatValue>();
    var numbers = new ArrayList<StatValue>();
    var distributions = new ArrayList<StatValue>();
    texts.forEach((name, value) -> texted.add(new StatValue.Text(name, value.get())));
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
    owners.values().forEach(lease -> addNumbers(lease.owner, numbers));
    var flush = lastFlush;
    cumulative()
        .forEach(
            (name, now) ->
                distributions.add(
                    new StatValue.Distribution(
                        name, now, flush == null ? null : flush.interval.get(name))));
    texted.sort(Comparator.comparing(StatValue::name));
    numbers.sort(Comparator.comparing(StatValue::name));
    texted.addAll(numbers);
    texted.addAll(distributions);
    return texted;
  }

  /// Ends an interval of every histogram. Called by the main loop, every `stats_flush_interval`.
  public void flush() {
    var last = lastFlush;
    var now = cumulative();
    var interval = new TreeMap<String, HistogramSnapshot>();
    now.forEach(
        (name, total) -> {
          var before = last == null ? null : last.cumulative.get(name);
          interval.put(name, before == null ? total : total.since(before));
        });
    lastFlush = new Flush(now, interval);
  }

  private Map<String, HistogramSnapshot> cumulative() {
    var all = new TreeMap<String, HistogramSnapshot>();
    histograms.forEach((name, histogram) -> all.put(name, histogram.snapshot()));
    for (var lease : owners.values()) {
      var stats = lease.owner.template().stats();
      for (var stat = 0; stat < stats.size(); stat++) {
        if (stats.get(stat).type() == StatType.HISTOGRAM) {
          addHistogram(lease.owner, stat, all);
        }
      }
    }
    return all;
  }

  private static void addHistogram(StatOwner owner, int stat, Map<String, HistogramSnapshot> into) {
    var shape = owner.template().stats().get(stat);
    var now = owner.histogram(stat);
    if (now.count() > 0 || shape.shown() != StatTemplate.Shown.ONCE_USED) {
      into.put(owner.prefix() + "." + shape.suffix(), now);
      for (var copy : shape.copies()) {
        into.put(owner.prefix() + "." + copy, now);
      }
    }
  }

  private void addNumbers(StatOwner owner, List<StatValue> into) {
    var stats = owner.template().stats();
    for (var stat = 0; stat < stats.size(); stat++) {
      var type = stats.get(stat).type();
      if (type != StatType.HISTOGRAM) {
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

  /// All loops but the last, which is the main loop.
  private void addWorkers(StatOwner owner, int stat, List<StatValue> into) {
    var shape = owner.template().stats().get(stat);
    for (var loop = 0; loop < loops - 1; loop++) {
      var name = owner.prefix() + ".worker_" + loop + "." + shape.suffix();
      var value = owner.value(stat, loop);
      into.add(new StatValue.Scalar(name, shape.type(), value, owner.used(stat)));
    }
  }

  private static void addCodes(StatOwner owner, int family, List<StatValue> into) {
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

  private record Flush(
      Map<String, HistogramSnapshot> cumulative, Map<String, HistogramSnapshot> interval) {}
}
