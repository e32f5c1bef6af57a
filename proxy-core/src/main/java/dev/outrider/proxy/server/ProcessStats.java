package dev.outrider.proxy.server;

import dev.outrider.proxy.admin.ServerView.State;
import dev.outrider.proxy.config.ProxyConfig;
import dev.outrider.proxy.downstream.ListenerStats;
import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.metrics.Gauge;
import dev.outrider.proxy.metrics.MetricRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.function.Supplier;

/// Envoy's `server.*`: read when somebody looks.
final class ProcessStats {
  private static final long PAGE_BYTES = 4096;
  private static final long SECOND_NANOS = 1_000_000_000L;

  /// What Envoy shows then.
  private static final long NO_CERTIFICATE = 0xFFFF_FFFFL;

  private final Clock clock;
  private final long startNanos;
  private final long startMicros;
  private final Gauge daysLeft;

  ProcessStats(Clock clock, MetricRegistry registry) {
    this.clock = clock;
    this.daysLeft = registry.gauge("server.days_until_first_cert_expiring");
    this.startNanos = clock.nanoTime();
    this.startMicros = clock.epochMicros();
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
    registry.gauge("server.version").set(Version.current().sourceNumber());
  }

  /// Says again when the first certificate expires of those that are shown or trusted now.
  void lookAtCertificates(ProxyConfig config) {
    var now = Instant.ofEpochMilli(clock.epochMicros() / 1_000);
    var first = NO_CERTIFICATE;
    for (var end : config.tlsEnds()) {
      for (var shown : end.certificates()) {
        first = Math.min(first, shown.info().daysLeft(now));
      }
    }
    daysLeft.set(first);
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

  /// When the process was composed, since 1970.
  long startMicros() {
    return startMicros;
  }

  /// Since the process was composed.
  long uptimeMillis() {
    return (clock.nanoTime() - startNanos) / 1_000_000;
  }
}
