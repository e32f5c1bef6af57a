package dev.outrider.proxywasm.host;

/// Where the metrics that guests define live. The same name and kind is the same metric, whoever
/// defines it.
public interface MetricSink {
  /// Shows the metrics to nobody; a guest reads 0.
  MetricSink NONE =
      (_, _) ->
          new Metric() {
            @Override
            public void add(long delta) {}

            @Override
            public void record(long value) {}

            @Override
            public long value() {
              return 0;
            }
          };

  /// Finds the metric or makes it.
  ///
  /// @param name as the guest gave it; Envoy shows it under `wasmcustom.`
  Metric define(MetricKind kind, String name);

  /// One metric. Called with what its kind can do only: the library has checked.
  interface Metric {
    /// Counter, gauge: adds, a gauge also a negative number.
    void add(long delta);

    /// Gauge: sets. Histogram: records.
    void record(long value);

    /// Counter, gauge: what it stands at.
    long value();
  }
}
