package dev.outrider.proxy.network.tcp_proxy;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import dev.outrider.proxy.config.AccessLogOptions;
import dev.outrider.proxy.extension.AccessLogReader;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.NetworkFilterProvider;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.filter.network.WorkerNetworkFilterFactory;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.routing.ClusterChoice;
import dev.outrider.proxy.routing.ClusterChoice.WeightedCluster;
import dev.outrider.proxy.stream.AccessLogger;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/// Makes TCP proxies from `filters.network.tcp_proxy.v3.TcpProxy`. What would send the bytes
/// elsewhere, or in another form, and is not acted on is refused.
public final class TcpProxyProvider implements NetworkFilterProvider {
  private static final String TYPE = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";

  private final MetricRegistry registry;
  private final AccessLogReader accessLogs;

  public TcpProxyProvider(MetricRegistry registry, AccessLogReader accessLogs) {
    this.registry = registry;
    this.accessLogs = accessLogs;
  }

  @Override
  public Set<String> typeUrls() {
    return Set.of(TYPE);
  }

  @Override
  public CompletionStage<Parsed<NetworkFilterFactory>> parse(Any config, ParseContext context) {
    return context
        .unpack(config, TcpProxy.parser())
        .thenLater(message -> factory(message, context));
  }

  private CompletionStage<Parsed<NetworkFilterFactory>> factory(
      TcpProxy message, ParseContext context) {
    var problems = new ArrayList<ConfigProblem>();
    refuseWhatIsMissing(message, context, problems);
    var clusters = clusters(message, context, problems);
    return accessLogs
        .read(message.getAccessLogList(), context)
        .thenApply(
            loggers -> {
              problems.addAll(loggers.problems());
              return problems.isEmpty()
                  ? loggers.then(
                      good -> Parsed.valid(new Factory(spec(message, clusters, good), registry)))
                  : new Parsed.Invalid<>(problems);
            });
  }

  private static TcpProxySpec spec(
      TcpProxy message, ClusterChoice clusters, List<AccessLogger> loggers) {
    return new TcpProxySpec(
        message.getStatPrefix(),
        clusters,
        message.hasIdleTimeout()
            ? millis(message.getIdleTimeout())
            : TcpProxySpec.DEFAULT_IDLE_MILLIS,
        message.hasMaxDownstreamConnectionDuration()
            ? Math.max(1, millis(message.getMaxDownstreamConnectionDuration()))
            : 0,
        message.hasMaxConnectAttempts()
            ? (int)
                Math.min(Integer.MAX_VALUE, unsigned(message.getMaxConnectAttempts().getValue()))
            : 1,
        loggers,
        logOptions(message));
  }

  /// The deprecated fields count only where the message that replaced them is missing.
  @SuppressWarnings("deprecation") // they are still written
  private static AccessLogOptions logOptions(TcpProxy message) {
    var options = message.getAccessLogOptions();
    return message.hasAccessLogOptions()
        ? new AccessLogOptions(
            options.getFlushAccessLogOnConnected(),
            false,
            millis(options.getAccessLogFlushInterval()))
        : new AccessLogOptions(
            message.getFlushAccessLogOnConnected(),
            false,
            millis(message.getAccessLogFlushInterval()));
  }

  private static void refuseWhatIsMissing(
      TcpProxy message, ParseContext context, List<ConfigProblem> problems) {
    refuse(message.hasTunnelingConfig(), "tunneling_config", context, problems);
    refuse(message.hasMetadataMatch(), "metadata_match", context, problems);
    refuse(message.hasOnDemand(), "on_demand", context, problems);
    refuse(message.getProxyProtocolTlvsCount() > 0, "proxy_protocol_tlvs", context, problems);
  }

  private static void refuse(
      boolean isSet, String field, ParseContext context, List<ConfigProblem> problems) {
    if (isSet) {
      problems.add(context.problem(field, "is not supported"));
    }
  }

  private static ClusterChoice clusters(
      TcpProxy message, ParseContext context, List<ConfigProblem> problems) {
    return switch (message.getClusterSpecifierCase()) {
      case CLUSTER -> new ClusterChoice.Single(message.getCluster());
      case WEIGHTED_CLUSTERS -> {
        var clusters = new ArrayList<WeightedCluster>();
        for (var cluster : message.getWeightedClusters().getClustersList()) {
          refuse(
              cluster.hasMetadataMatch(),
              "weighted_clusters.clusters[" + clusters.size() + "].metadata_match",
              context,
              problems);
          clusters.add(new WeightedCluster(cluster.getName(), unsigned(cluster.getWeight())));
        }
        yield new ClusterChoice.Weighted(clusters);
      }
      case CLUSTERSPECIFIER_NOT_SET -> {
        problems.add(context.problem("", "one of cluster, weighted_clusters is required"));
        yield new ClusterChoice.Single("");
      }
    };
  }

  private static long unsigned(int value) {
    return Integer.toUnsignedLong(value);
  }

  private static long millis(Duration duration) {
    return duration.getSeconds() * 1_000 + duration.getNanos() / 1_000_000;
  }

  /// One chain's proxy, on whatever worker.
  record Factory(TcpProxySpec spec, MetricRegistry registry) implements NetworkFilterFactory {

    @Override
    public WorkerNetworkFilterFactory forWorker(WorkerContext worker) {
      return new WorkerTcpProxy(spec, worker, registry);
    }

    @Override
    public boolean terminal() {
      return true;
    }
  }
}
