package dev.outrider.proxy.xds;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.StatsFlushing;
import dev.outrider.proxy.config.StatsFlushing.Statsd;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.metrics.StatsdFormat;
import dev.outrider.proxy.metrics.StatsdFormat.Tags;
import dev.outrider.proxy.xds.core.Addresses;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.metrics.v3.DogStatsdSink;
import io.envoyproxy.envoy.config.metrics.v3.StatsSink;
import io.envoyproxy.envoy.config.metrics.v3.StatsdSink;
import io.envoyproxy.envoy.extensions.stat_sinks.graphite_statsd.v3.GraphiteStatsdSink;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads from a bootstrap when statistics are flushed and to whom. A sink of another kind than
/// statsd is named in the log.
final class StatSinksParser {
  private static final Logger LOG = LoggerFactory.getLogger("config");
  private static final long DEFAULT_MILLIS = 5_000;
  private static final String DEFAULT_PREFIX = "envoy";

  private StatSinksParser() {}

  static StatsFlushing parse(Bootstrap message, Scope scope) {
    if (message.hasStatsFlushInterval() && message.hasStatsFlushOnAdmin()) {
      scope.problem("Only one of stats_flush_interval or stats_flush_on_admin should be set!");
    }
    var sinks = new ArrayList<Statsd>();
    for (var i = 0; i < message.getStatsSinksCount(); i++) {
      var sink = sink(message.getStatsSinks(i), scope.item("stats_sinks", i).field("typed_config"));
      if (sink != null) {
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
  private static @Nullable Statsd sink(StatsSink message, Scope scope) {
    var typed = message.getTypedConfig();
    try {
      return switch (ProviderRegistry.typeName(typed.getTypeUrl())) {
        case "envoy.config.metrics.v3.StatsdSink" ->
            statsd(StatsdSink.parseFrom(typed.getValue()), scope);
        case "envoy.config.metrics.v3.DogStatsdSink" ->
            dog(DogStatsdSink.parseFrom(typed.getValue()), scope);
        case "envoy.extensions.stat_sinks.graphite_statsd.v3.GraphiteStatsdSink" ->
            graphite(GraphiteStatsdSink.parseFrom(typed.getValue()), scope);
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
