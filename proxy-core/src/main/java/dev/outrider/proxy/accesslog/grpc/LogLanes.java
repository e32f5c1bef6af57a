package dev.outrider.proxy.accesslog.grpc;

import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.loop.Loop;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;

/// The lanes of one kind of log. Any thread, but a lane is joined and left on its loop.
///
/// @param <C> what logs have in common that share a lane
public final class LogLanes<C, L extends LogLane> {
  private final Map<Place<C>, Shared<L>> lanes = new ConcurrentHashMap<>();
  private final LogLoops loops;
  private final BiFunction<C, WorkerContext, L> opener;

  public LogLanes(LogLoops loops, BiFunction<C, WorkerContext, L> opener) {
    this.loops = loops;
    this.opener = opener;
  }

  /// The lane of that configuration on that loop, the same for everybody until all have left it.
  public L join(C config, Loop loop) {
    var shared =
        lanes.computeIfAbsent(
            new Place<>(config, loop), _ -> new Shared<>(opener.apply(config, loops.of(loop))));
    shared.users++;
    return shared.lane;
  }

  public void leave(C config, Loop loop) {
    var place = new Place<>(config, loop);
    var shared = lanes.get(place);
    if (shared != null && --shared.users == 0) {
      lanes.remove(place);
      shared.lane.close();
    }
  }

  private record Place<C>(C config, Loop loop) {}

  /// A lane and how many use it. Owned by the loop.
  private static final class Shared<L> {
    private final L lane;
    private int users;

    Shared(L lane) {
      this.lane = lane;
    }
  }
}
