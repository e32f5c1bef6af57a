package dev.outrider.proxy.xds;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.StatsFlushing;
import dev.outrider.proxy.config.StatsFlushing.Histograms;
import dev.outrider.proxy.config.StatsFlushing.MetricsService;
import dev.outrider.proxy.config.StatsFlushing.OpenTelemetry;
import dev.outrider.proxy.config.StatsFlushing.OtlpShape;
import dev.outrider.proxy.config.StatsFlushing.Sink;
import dev.outrider.proxy.config.StatsFlushing.Statsd;
import dev.outrider.proxy.extension.GrpcTargetReader;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.metrics.StatsdFormat;
import dev.outrider.proxy.metrics.StatsdFormat.Tags;
import dev.outrider.proxy.xds.core.Addresses;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.metrics.v3.DogStatsdSink;
import io.envoyproxy.envoy.config.metrics.v3.MetricsServiceConfig;
import io.envoyproxy.envoy.config.metrics.v3.StatsSink;
import io.envoyproxy.envoy.config.metrics.v3.StatsdSink;
import io.envoyproxy.envoy.extensions.stat_sinks.graphite_statsd.v3.GraphiteStatsdSink;
import io.envoyproxy.envoy.extensions.stat_sinks.open_telemetry.v3.SinkConfig;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads from a bootstrap when statistics are flushed and to whom. A sink of a kind that is not
/// known is named in the log.
final class StatSinksParser {
  private static final Logger LOG = LoggerFactory.getLogger("config");
  private static final long DEFAULT_MILLIS = 5_000;
  private static final String DEFAULT_PREFIX = "envoy";

  private StatSinksParser() {}

  static StatsFlushing parse(Bootstrap message, Scope scope) {
    if (message.hasStatsFlushInterval() && message.hasStatsFlushOnAdmin()) {
      scope.problem("Only one of stats_flush_interval or stats_flush_on_admin should be set!");
    }
    var sinks = new ArrayList<Sink>();
    for (var i = 0; i < message.getStatsSinksCount(); i++) {
      var place = scope.item("stats_sinks", i).field("typed_config");
      var sink = sink(message.getStatsSinks(i), place);
      if (sink != null) {
        checkCluster(sink, message, place);
        sinks.add(sink);
      }
    }
    return new StatsFlushing(everyMillis(message, scope), sinks);
  }

  private static long everyMillis(Bootstrap message, Scope scope) {
    if (message.getStatsFlushOnAdmin()) {
      return 0;
    }
    return message.hasStatsFlushInterval()
        ? scope.millis("stats_flush_interval", message.getStatsFlushInterval())
        : DEFAULT_MILLIS;
  }

  /// Null if nothing is sent to it.
  private static @Nullable Sink sink(StatsSink message, Scope scope) {
    var typed = message.getTypedConfig();
    try {
      return switch (ProviderRegistry.typeName(typed.getTypeUrl())) {
        case "envoy.config.metrics.v3.StatsdSink" ->
            statsd(StatsdSink.parseFrom(typed.getValue()), scope);
        case "envoy.config.metrics.v3.DogStatsdSink" ->
            dog(DogStatsdSink.parseFrom(typed.getValue()), scope);
        case "envoy.extensions.stat_sinks.graphite_statsd.v3.GraphiteStatsdSink" ->
            graphite(GraphiteStatsdSink.parseFrom(typed.getValue()), scope);
        case "envoy.config.metrics.v3.MetricsServiceConfig" ->
            service(MetricsServiceConfig.parseFrom(typed.getValue()), scope);
        case "envoy.extensions.stat_sinks.open_telemetry.v3.SinkConfig" ->
            openTelemetry(SinkConfig.parseFrom(typed.getValue()), scope);
        default -> {
          LOG.warn("stats sink '{}' is set, but gets nothing", message.getName());
          yield null;
        }
      };
    } catch (InvalidProtocolBufferException malformed) {
      scope.problem("is not a " + typed.getTypeUrl() + ": " + malformed.getMessage());
      return null;
    }
  }

  private static Sink service(MetricsServiceConfig message, Scope scope) {
    return new MetricsService(
        GrpcTargetReader.read(message.getGrpcService(), "grpc_service", scope::problem),
        message.getReportCountersAsDeltas().getValue(),
        message.getEmitTagsAsLabels(),
        switch (message.getHistogramEmitMode()) {
          case SUMMARY_AND_HISTOGRAM, UNRECOGNIZED -> Histograms.SUMMARY_AND_HISTOGRAM;
          case SUMMARY -> Histograms.SUMMARY;
          case HISTOGRAM -> Histograms.HISTOGRAM;
        });
  }

  private static Sink openTelemetry(SinkConfig message, Scope scope) {
    scope.refuse(message.getResourceDetectorsCount() > 0, "resource_detectors");
    scope.refuse(message.hasCustomMetricConversions(), "custom_metric_conversions");
    var prefix = message.getPrefix();
    return new OpenTelemetry(
        GrpcTargetReader.read(message.getGrpcService(), "grpc_service", scope::problem),
        new OtlpShape(
            message.getReportCountersAsDeltas(),
            message.getReportHistogramsAsDeltas(),
            !message.hasEmitTagsAsAttributes() || message.getEmitTagsAsAttributes().getValue(),
            !message.hasUseTagExtractedName() || message.getUseTagExtractedName().getValue(),
            prefix.isEmpty() ? "" : prefix + "."));
  }

  /// A service that statistics go to must be known from the start.
  private static void checkCluster(Sink sink, Bootstrap message, Scope scope) {
    var cluster =
        switch (sink) {
          case Statsd _ -> "";
          case MetricsService service -> service.target().cluster();
          case OpenTelemetry service -> service.target().cluster();
        };
    var known = message.getStaticResources().getClustersList();
    if (!cluster.isEmpty() && known.stream().noneMatch(each -> each.getName().equals(cluster))) {
      scope.problem("grpc_service", "Unknown gRPC client cluster '" + cluster + "'");
    }
  }

  private static @Nullable Statsd statsd(StatsdSink message, Scope scope) {
    if (message.hasTcpClusterName()) {
      scope.refuse(true, "tcp_cluster_name");
      return null;
    }
    return sink(message.getAddress(), message.getPrefix(), Tags.NONE, 0, scope);
  }

  private static Statsd dog(DogStatsdSink message, Scope scope) {
    var most = message.getMaxBytesPerDatagram().getValue();
    return sink(message.getAddress(), message.getPrefix(), Tags.AFTER_VALUE, most, scope);
  }

  private static Statsd graphite(GraphiteStatsdSink message, Scope scope) {
    var most = message.getMaxBytesPerDatagram().getValue();
    return sink(message.getAddress(), message.getPrefix(), Tags.AFTER_NAME, most, scope);
  }

  private static Statsd sink(
      Address address, String prefix, Tags tags, long mostBytes, Scope scope) {
    return new Statsd(
        Addresses.ip(address, scope.field("address")),
        new StatsdFormat(prefix.isEmpty() ? DEFAULT_PREFIX : prefix, tags, mostBytes));
  }
}
