package dev.outrider.proxy.wasm;

import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.metrics.Gauge;
import dev.outrider.proxy.metrics.Histogram;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxywasm.host.MetricKind;
import dev.outrider.proxywasm.host.MetricSink;

/// Guests' metrics in the process registry, under Envoy's namespace `wasmcustom.`. Any thread.
record GuestMetricSink(MetricRegistry registry) implements MetricSink {
  static final String NAMESPACE = "wasmcustom.";

  @Override
  public Metric define(MetricKind kind, String name) {
    var full = NAMESPACE + name;
    return switch (kind) {
      case COUNTER -> new GuestCounter(registry.counter(full));
      case GAUGE -> new GuestGauge(registry.gauge(full));
      case HISTOGRAM -> new GuestHistogram(registry.histogram(full));
    };
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
