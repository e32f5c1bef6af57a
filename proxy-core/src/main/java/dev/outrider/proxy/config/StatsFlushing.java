package dev.outrider.proxy.config;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.metrics.StatsdFormat;
import java.util.List;

/// When an interval of statistics ends, and who is told (Envoy `stats_flush_interval`,
/// `stats_flush_on_admin`, `stats_sinks`).
///
/// @param everyMillis 0 = whenever the admin interface is asked for statistics
public record StatsFlushing(long everyMillis, List<Statsd> sinks) {
  public StatsFlushing {
    sinks = List.copyOf(sinks);
  }

  /// A collector to which datagrams go.
  public record Statsd(HostPort address, StatsdFormat format) {}
}
