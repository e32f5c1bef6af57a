package dev.outrider.proxy.accesslog;

import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.metrics.MetricRegistry;

/// What all access logs count together, under Envoy's names.
record SinkStats(Counter buffered, Counter completed, Counter failed, Counter dropped) {
  SinkStats(MetricRegistry registry) {
    this(
        registry.counter("filesystem.write_buffered"),
        registry.counter("filesystem.write_completed"),
        registry.counter("filesystem.write_failed"),
        registry.counter("access_log.dropped"));
  }
}
