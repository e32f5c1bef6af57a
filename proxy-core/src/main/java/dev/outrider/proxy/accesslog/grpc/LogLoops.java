package dev.outrider.proxy.accesslog.grpc;

import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.metrics.StatOwner;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The loops from which logs are sent, and what they count. One per process; any thread.
public final class LogLoops {
  private final Map<Loop, WorkerContext> served = new ConcurrentHashMap<>();
  // By prefix, from the first log on, as in Envoy.
  private final Map<String, StatOwner> stats = new ConcurrentHashMap<>();
  private final MetricRegistry registry;

  public LogLoops(MetricRegistry registry) {
    this.registry = registry;
  }

  /// From now on logs can be sent from that loop. Before its first chain starts.
  public void serve(WorkerContext worker) {
    served.put(worker.loop(), worker);
  }

  /// What logs of that prefix count on that loop: [GrpcLogStats].
  public StatCells cells(String prefix, Loop loop) {
    return stats
        .computeIfAbsent(prefix, _ -> registry.owner(GrpcLogStats.TEMPLATE, prefix))
        .cells(loop.index());
  }

  WorkerContext of(Loop loop) {
    var worker = served.get(loop);
    if (worker == null) {
      throw new IllegalStateException("loop " + loop.index() + " was not named to serve()");
    }
    return worker;
  }
}
