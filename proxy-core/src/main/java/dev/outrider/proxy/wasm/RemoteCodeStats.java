package dev.outrider.proxy.wasm;

import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.metrics.Gauge;
import dev.outrider.proxy.metrics.MetricRegistry;

/// Envoy's numbers about modules that are fetched. Any thread.
///
/// @param cacheEntries fetched modules in memory
/// @param cacheNegativeHits configurations refused because their code could not be fetched a moment
///   ago
record RemoteCodeStats(
    Gauge cacheEntries,
    Counter cacheHits,
    Counter cacheNegativeHits,
    Counter cacheMisses,
    Counter fetchSuccesses,
    Counter fetchFailures) {
  private static final String PREFIX = "wasm.remote_load_";

  static RemoteCodeStats of(MetricRegistry registry) {
    return new RemoteCodeStats(
        registry.gauge(PREFIX + "cache_entries"),
        registry.counter(PREFIX + "cache_hits"),
        registry.counter(PREFIX + "cache_negative_hits"),
        registry.counter(PREFIX + "cache_misses"),
        registry.counter(PREFIX + "fetch_successes"),
        registry.counter(PREFIX + "fetch_failures"));
  }
}
