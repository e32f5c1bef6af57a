package dev.outrider.proxy.server;

import dev.outrider.proxy.admin.ServerView.State;
import dev.outrider.proxy.downstream.ListenerStats;
import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.metrics.MetricRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/// Envoy's `server.*`: read when somebody looks.
final class ProcessStats {
  private static final long PAGE_BYTES = 4096;
  private static final long SECOND_NANOS = 1_000_000_000L;

  private final Clock clock;
  private final long startNanos;

  ProcessStats(Clock clock) {
    this.clock = clock;
    this.startNanos = clock.nanoTime();
  }

  void register(MetricRegistry registry, int concurrency, int epoch, Supplier<State> state) {
    var runtime = Runtime.getRuntime();
    registry.computedGauge("server.uptime", this::uptimeSeconds);
    registry.computedGauge("server.concurrency", () -> concurrency);
    registry.computedGauge("server.live", () -> state.get() == State.LIVE ? 1 : 0);
    registry.computedGauge("server.state", () -> state.get().code());
    registry.computedGauge(
        "server.memory_allocated", () -> runtime.totalMemory() - runtime.freeMemory());
    registry.computedGauge("server.memory_heap_size", runtime::totalMemory);
    registry.computedGauge("server.memory_physical_size", ProcessStats::residentBytes);
    registry.computedGauge(
        "server.total_connections",
        () -> registry.total(ListenerStats.TEMPLATE, ListenerStats.CX_ACTIVE));
    registry.computedGauge("server.stats_recent_lookups", registry.lookups()::total);
    registry.computedGauge("server.hot_restart_epoch", () -> epoch);
  }

  /// 0 where the system does not say.
  static long residentBytes() {
    try {
      var pages = Files.readString(Path.of("/proc/self/statm")).split(" ", -1)[1];
      return Long.parseLong(pages) * PAGE_BYTES;
    } catch (IOException _) {
      return 0;
    }
  }

  long uptimeSeconds() {
    return (clock.nanoTime() - startNanos) / SECOND_NANOS;
  }

  /// Since the process was composed.
  long uptimeMillis() {
    return (clock.nanoTime() - startNanos) / 1_000_000;
  }
}
