package dev.outrider.proxy.server;

import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.metrics.MetricRegistry;

/// Ends an interval of the statistics every `stats_flush_interval`, or when the admin interface is
/// asked for them (`stats_flush_on_admin`): of the histograms, and for the sinks. Main loop only.
final class StatsFlush {
  private final MetricRegistry registry;
  private final long everyMillis;
  private final Runnable sinks;
  private final Timer timer;

  /// @param everyMillis 0 = whenever it is [#asked]
  /// @param sinks sends what the interval brought
  StatsFlush(Loop loop, MetricRegistry registry, long everyMillis, Runnable sinks) {
    this.registry = registry;
    this.everyMillis = everyMillis;
    this.sinks = sinks;
    this.timer = loop.timers().newTimer(this::onTimer);
  }

  void start() {
    if (everyMillis > 0) {
      timer.arm(everyMillis);
    }
  }

  /// Somebody is about to look at the statistics.
  void asked() {
    if (everyMillis == 0) {
      flush();
    }
  }

  void flush() {
    registry.flush();
    sinks.run();
  }

  private void onTimer() {
    flush();
    timer.arm(everyMillis);
  }
}
