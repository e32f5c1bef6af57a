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
  private final StatOwner stats;

  public LogLoops(MetricRegistry registry) {
    this.stats = registry.owner(GrpcLogStats.TEMPLATE, GrpcLogStats.PREFIX);
  }

  /// From now on logs can be sent from that loop. Before its first chain starts.
  public void serve(WorkerContext worker) {
    served.put(worker.loop(), worker);
  }

  WorkerContext of(Loop loop) {
    var worker = served.get(loop);
    if (worker == null) {
      throw new IllegalStateException("loop " + loop.index() + " was not named to serve()");
    }
    return worker;
  }

  StatCells cells(Loop loop) {
    return stats.cells(loop.index());
  }
}
