package dev.outrider.proxy.accesslog.grpc;

import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatOwner;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The loops from which logs are sent, their streams, and what they count. One per process; any
/// thread, but a stream is joined and left on its loop.
public final class LogLoops {
  private final Map<Loop, WorkerContext> served = new ConcurrentHashMap<>();
  private final Map<Place, Shared> streams = new ConcurrentHashMap<>();
  private final StatOwner stats;

  public LogLoops(MetricRegistry registry) {
    this.stats = registry.owner(GrpcLogStats.TEMPLATE, GrpcLogStats.PREFIX);
  }

  /// From now on logs can be sent from that loop. Before its first chain starts.
  public void serve(WorkerContext worker) {
    served.put(worker.loop(), worker);
  }

  /// The stream of that configuration on that loop, the same for everybody until all have left it.
  LogStream join(GrpcLogConfig config, Loop loop) {
    var shared =
        streams.computeIfAbsent(
            new Place(config, loop),
            _ -> new Shared(new LogStream(config, of(loop), stats.cells(loop.index()))));
    shared.users++;
    return shared.stream;
  }

  void leave(LogStream stream) {
    var place = new Place(stream.config(), stream.loop());
    var shared = streams.get(place);
    if (shared != null && --shared.users == 0) {
      streams.remove(place);
      stream.close();
    }
  }

  private record Place(GrpcLogConfig config, Loop loop) {}

  /// A stream and how many use it. Owned by the loop.
  private static final class Shared {
    private final LogStream stream;
    private int users;

    Shared(LogStream stream) {
      this.stream = stream;
    }
  }

  private WorkerContext of(Loop loop) {
    var worker = served.get(loop);
    if (worker == null) {
      throw new IllegalStateException("loop " + loop.index() + " was not named to serve()");
    }
    return worker;
  }
}
