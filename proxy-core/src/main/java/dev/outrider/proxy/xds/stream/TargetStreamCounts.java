package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.metrics.MetricRegistry;
import java.util.ArrayList;
import java.util.List;

/// What streams to an address of its own add to statistics: Envoy's `grpc.<stat_prefix>.*`. Main
/// loop only.
final class TargetStreamCounts implements StreamCounts {
  private static final int CODES = 17; // OK to UNAUTHENTICATED

  private final Counter total;
  private final List<Counter> closed;

  TargetStreamCounts(MetricRegistry registry, String statPrefix) {
    var start = "grpc." + statPrefix + ".";
    registry.counter(start + "google_grpc_client_creation").inc();
    this.total = registry.counter(start + "streams_total");
    var all = new ArrayList<Counter>(CODES);
    for (var code = 0; code < CODES; code++) {
      all.add(registry.counter(start + "streams_closed_" + code));
    }
    this.closed = List.copyOf(all);
  }

  @Override
  public void begun() {
    total.inc();
  }

  @Override
  public void ready() {}

  @Override
  public void cancelled() {}

  @Override
  public void ended(int code) {
    closed.get(code).inc();
  }
}
