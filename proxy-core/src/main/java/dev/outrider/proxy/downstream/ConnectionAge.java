package dev.outrider.proxy.downstream;

import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.overload.ScaledTimeout;
import dev.outrider.proxy.overload.TimeoutScaling;
import org.jspecify.annotations.Nullable;

/// How long a connection may live, whatever runs on it (Envoy `max_connection_duration`). Belongs
/// to one worker.
final class ConnectionAge {
  private final @Nullable Timer timer;

  /// Runs from now on, unless there is no limit.
  ///
  /// @param startNanos when the connection was accepted
  /// @param onOld ends the connection in its own way; it has been counted
  ConnectionAge(HttpChain chain, long startNanos, Runnable onOld) {
    var most = chain.http().timeouts().maxConnectionMillis();
    this.timer = most > 0 ? timer(chain, onOld) : null; // an idle connection holds nothing for it
    if (timer != null) {
      var age = (chain.context().loop().clock().nanoTime() - startNanos) / 1_000_000;
      var scaled =
          chain.context().overload().scaled(ScaledTimeout.HTTP_DOWNSTREAM_CONNECTION_MAX, most);
      timer.arm(Math.max(1, scaled - age));
    }
  }

  private static Timer timer(HttpChain chain, Runnable onOld) {
    return chain
        .context()
        .loop()
        .timers()
        .newTimer(
            () -> {
              chain.httpCells().inc(HttpStats.CX_MAX_DURATION_REACHED);
              onOld.run();
            });
  }

  /// @param most as configured
  void onTimeoutsScaled(long most, TimeoutScaling before, TimeoutScaling after) {
    if (timer != null) {
      timer.shift(before.shift(ScaledTimeout.HTTP_DOWNSTREAM_CONNECTION_MAX, most, after));
    }
  }

  /// The connection has ended, or is another's.
  void stop() {
    if (timer != null) {
      timer.cancel();
    }
  }
}
