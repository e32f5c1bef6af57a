package dev.outrider.proxy.server;

import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.metrics.MetricRegistry;

/// Ends an interval of the histograms every `stats_flush_interval`. Main loop only.
final class StatsFlush {
  private final MetricRegistry registry;
  private final long intervalMillis;
  private final Timer timer;

  /// @param intervalMillis more than zero
  StatsFlush(Loop loop, MetricRegistry registry, long intervalMillis) {
    this.registry = registry;
    this.intervalMillis = intervalMillis;
    this.timer = loop.timers().newTimer(this::flush);
  }

  void start() {
    timer.arm(intervalMillis);
  }

  private void flush() {
    registry.flush();
    timer.arm(intervalMillis);
  }
}
