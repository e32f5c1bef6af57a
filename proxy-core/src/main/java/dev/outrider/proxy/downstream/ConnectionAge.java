package dev.outrider.proxy.downstream;

import dev.outrider.proxy.loop.Timer;

/// How long a connection may live, whatever runs on it (Envoy `max_connection_duration`). Belongs
/// to one worker.
final class ConnectionAge {
  private final Timer timer;

  /// Runs from now on, unless there is no limit.
  ///
  /// @param startNanos when the connection was accepted
  /// @param onOld ends the connection in its own way; it has been counted
  ConnectionAge(HttpChain chain, long startNanos, Runnable onOld) {
    var loop = chain.context().loop();
    this.timer =
        loop.timers()
            .newTimer(
                () -> {
                  chain.httpCells().inc(HttpStats.CX_MAX_DURATION_REACHED);
                  onOld.run();
                });
    var most = chain.http().timeouts().maxConnectionMillis();
    if (most > 0) {
      var age = (loop.clock().nanoTime() - startNanos) / 1_000_000;
      timer.arm(Math.max(1, most - age));
    }
  }

  /// The connection has ended, or is another's.
  void stop() {
    timer.cancel();
  }
}
