package dev.outrider.proxy.wasm;

import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.metrics.Gauge;
import dev.outrider.proxy.metrics.Histogram;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxywasm.host.MetricKind;
import dev.outrider.proxywasm.host.MetricSink;
import java.util.HashSet;
import java.util.Set;

/// The metrics of one VM's guest in the process registry, under Envoy's namespace `wasmcustom.`:
/// the same name and kind is the same metric, whichever VM, worker or plugin defines it. On the
/// VM's thread.
///
/// A guest that makes names of what clients send would fill the memory, so names are counted, in
/// this VM and in the process. One too many, or one too long, still works for the guest, since some
/// SDKs end the guest at any refusal; nobody else sees it, and the log says so once.
final class GuestMetricSink implements MetricSink {
  static final String NAMESPACE = "wasmcustom.";
  static final int LONGEST_NAME = 2048;
  static final int MOST_NAMES = 10_000;

  private final MetricRegistry registry;
  private final GuestMetricNames process;
  private final Set<String> own = new HashSet<>();
  private boolean told;

  GuestMetricSink(MetricRegistry registry, GuestMetricNames process) {
    this.registry = registry;
    this.process = process;
  }

  @Override
  public Metric define(MetricKind kind, String name) {
    var full = NAMESPACE + printable(name);
    if (!listed(kind.code() + full)) {
      return unlisted(kind, full);
    }
    return switch (kind) {
      case COUNTER -> new GuestCounter(registry.counter(full));
      case GAUGE -> new GuestGauge(registry.gauge(full));
      case HISTOGRAM -> new GuestHistogram(registry.histogram(full));
    };
  }

  private boolean listed(String key) {
    if (own.contains(key)) {
      return true;
    }
    return key.length() <= LONGEST_NAME
        && own.size() < MOST_NAMES
        && process.admit(key)
        && own.add(key);
  }

  private Metric unlisted(MetricKind kind, String name) {
    registry.counter("wasm.custom_metrics_refused").inc();
    if (!told) {
      told = true;
      GuestLogSink.LOG.warn(
          "a guest defines metric '{}', of {} characters, as number {} of its VM: it is not shown"
              + " (names have at most {} characters; there are at most {} in a VM and {} in the"
              + " process)",
          name.substring(0, Math.min(name.length(), 100)),
          name.length(),
          own.size() + 1,
          LONGEST_NAME,
          MOST_NAMES,
          GuestMetricNames.MOST);
    }
    return switch (kind) {
      case COUNTER -> new GuestCounter(new Counter());
      case GAUGE -> new GuestGauge(new Gauge());
      case HISTOGRAM -> new GuestHistogram(new Histogram());
    };
  }

  /// A line of `/stats` stays a line.
  private static String printable(String name) {
    StringBuilder clean = null;
    for (var i = 0; i < name.length(); i++) {
      if (name.charAt(i) < ' ' || name.charAt(i) == 0x7f) {
        clean = clean == null ? new StringBuilder(name) : clean;
        clean.setCharAt(i, '_');
      }
    }
    return clean == null ? name : clean.toString();
  }

  private record GuestCounter(Counter counter) implements Metric {
    @Override
    public void add(long delta) {
      counter.add(delta);
    }

    /// Envoy: recording on a counter adds.
    @Override
    public void record(long value) {
      counter.add(value);
    }

    @Override
    public long value() {
      return counter.value();
    }
  }

  private record GuestGauge(Gauge gauge) implements Metric {
    @Override
    public void add(long delta) {
      gauge.add(delta);
    }

    @Override
    public void record(long value) {
      gauge.set(value);
    }

    @Override
    public long value() {
      return gauge.value();
    }
  }

  private record GuestHistogram(Histogram histogram) implements Metric {
    @Override
    public void add(long delta) {
      histogram.record(delta);
    }

    @Override
    public void record(long value) {
      histogram.record(value);
    }

    @Override
    public long value() {
      return 0;
    }
  }
}
