package dev.outrider.proxy.server;

import dev.outrider.proxy.config.DrainScope;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.worker.WorkerGroup;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the operator asks for through the admin interface: that the health check fail, that
/// listeners drain and stop (Envoy `/healthcheck/*` and `/drain_listeners`). Main loop only, but
/// for what says otherwise.
final class OperatorDrain {
  private static final Logger LOG = LoggerFactory.getLogger("main");

  private final WorkerGroup loops;
  private final Loop loop;
  private final Duration drainTime;
  private final Counter stopped;
  private volatile boolean healthCheckFailed; // written on the main loop
  private @Nullable DrainScope begun;

  OperatorDrain(WorkerGroup loops, Duration drainTime, MetricRegistry registry) {
    this.loops = loops;
    this.loop = loops.mainLoop().loop();
    this.drainTime = drainTime;
    this.stopped = registry.counter("listener_manager.listener_stopped");
  }

  /// Completes when every worker acts on it.
  CompletionStage<?> failHealthCheck(boolean failed) {
    loop.assertOnLoop();
    healthCheckFailed = failed;
    return loops.healthCheckFailed(failed);
  }

  /// Any thread.
  boolean healthCheckFailed() {
    return healthCheckFailed;
  }

  /// Lets responses end their connections for the drain time, then stops the listeners unless they
  /// are to stay. As in Envoy, a drain that has begun is not begun again. Completes when it has
  /// begun on every worker.
  CompletionStage<?> drainListeners(DrainScope scope, boolean stay) {
    loop.assertOnLoop();
    if (begun == DrainScope.ALL || begun == scope) {
      return CompletableFuture.completedFuture(null);
    }
    LOG.info("draining listeners: {} for {} s", scope, drainTime.toSeconds());
    begun = scope;
    if (!stay) {
      loop.timers().newTimer(() -> stopListeners(scope)).arm(drainTime.toMillis());
    }
    return loops.drainListeners(scope);
  }

  /// Stops accepting now. Completes when every worker has.
  CompletionStage<?> stopListeners(DrainScope scope) {
    loop.assertOnLoop();
    return loops.stopListeners(scope).thenAccept(stopped::add);
  }
}
