package dev.outrider.proxy.accesslog;

import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.metrics.Gauge;
import dev.outrider.proxy.metrics.MetricRegistry;

/// What all access logs count together, under Envoy's names; records that found no room are ours.
///
/// @param waiting the bytes that are not written yet, of all files, as of the last look
record SinkStats(
    Counter buffered,
    Counter completed,
    Counter failed,
    Counter byTimer,
    Counter reopenFailed,
    Counter dropped,
    Gauge waiting) {
  SinkStats(MetricRegistry registry) {
    this(
        registry.counter("filesystem.write_buffered"),
        registry.counter("filesystem.write_completed"),
        registry.counter("filesystem.write_failed"),
        registry.counter("filesystem.flushed_by_timer"),
        registry.counter("filesystem.reopen_failed"),
        registry.counter("access_log.dropped"),
        registry.gauge("filesystem.write_total_buffered"));
  }
}
