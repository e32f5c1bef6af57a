package dev.outrider.proxy.config;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.metrics.StatsdFormat;
import dev.outrider.proxy.upstream.GrpcTarget;
import java.util.List;

/// When an interval of statistics ends, and who is told (Envoy `stats_flush_interval`,
/// `stats_flush_on_admin`, `stats_sinks`).
///
/// @param everyMillis 0 = whenever the admin interface is asked for statistics
public record StatsFlushing(long everyMillis, List<Sink> sinks) {
  public StatsFlushing {
    sinks = List.copyOf(sinks);
  }

  /// Who is told.
  public sealed interface Sink {}

  /// A collector to which datagrams go.
  public record Statsd(HostPort address, StatsdFormat format) implements Sink {}

  /// A service of Envoy's own kind (Envoy `metrics.v3.MetricsServiceConfig`).
  ///
  /// @param countersAsDeltas tell of counters what came since the last time
  /// @param tagsAsLabels take the variable parts out of names
  public record MetricsService(
      GrpcTarget target, boolean countersAsDeltas, boolean tagsAsLabels, Histograms histograms)
      implements Sink {}

  /// How a histogram is told.
  public enum Histograms {
    SUMMARY_AND_HISTOGRAM,
    SUMMARY,
    HISTOGRAM
  }

  /// A collector of OpenTelemetry (Envoy `stat_sinks.open_telemetry.v3.SinkConfig`).
  public record OpenTelemetry(GrpcTarget target, OtlpShape shape) implements Sink {}

  /// What metrics look like there.
  ///
  /// @param countersAsDeltas tell of counters what came since the last time
  /// @param histogramsAsDeltas the same of histograms
  /// @param tagsAsAttributes tell the variable parts of names beside them
  /// @param namesWithoutTags take them out of names
  /// @param prefix stands before every name, its dot included
  public record OtlpShape(
      boolean countersAsDeltas,
      boolean histogramsAsDeltas,
      boolean tagsAsAttributes,
      boolean namesWithoutTags,
      String prefix) {}
}
