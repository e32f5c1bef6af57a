package dev.outrider.proxy.xds;

import dev.outrider.proxy.cluster.CircuitBreakers;
import dev.outrider.proxy.cluster.CircuitBreakers.RetryBudget;
import dev.outrider.proxy.cluster.CircuitBreakers.Thresholds;
import dev.outrider.proxy.cluster.ConnectionOptions;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.UpstreamHttpOptions;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.health.FitnessSpec;
import dev.outrider.proxy.xds.Resource.ClusterResource;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.RoutingPriority;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Reads `cluster.v3.Cluster`: STATIC and EDS. What asks for anything else is refused.
final class ClusterParser {
  private final Cluster message;
  private final Scope scope;
  private final UpstreamHttpOptions http;

  private ClusterParser(Cluster message, Scope scope) {
    this.message = message;
    this.scope = scope;
    this.http = UpstreamHttpParser.parse(message, scope);
  }

  /// @param previous the same cluster one version earlier
  static CompletionStage<Parsed<ClusterResource>> parse(
      Cluster message,
      ConfigOrigin origin,
      TransportSockets sockets,
      Scope scope,
      @Nullable ClusterResource previous) {
    var plain = new ClusterParser(message, scope).parse(origin);
    return sockets
        .client(
            message,
            plain.cluster().statName(),
            scope,
            previous == null ? null : previous.cluster().tls())
        .thenApply(
            found -> {
              var tls = found.reportTo(scope);
              return scope.result(tls == null ? plain : plain.secured(tls, found.assembly()));
            });
  }

  private ClusterResource parse(ConfigOrigin origin) {
    refuseWhatIsMissing();
    var statName =
        message.getAltStatName().isEmpty() ? message.getName() : message.getAltStatName();
    var cluster =
        dev.outrider.proxy.cluster.Cluster.builder(message.getName(), discovery())
            .statName(statName)
            .loadBalancing(LoadBalancingParser.parse(message, scope))
            .connections(connections())
            .breakers(breakers())
            .http(http)
            .addedViaApi(origin == ConfigOrigin.DYNAMIC)
            .metadata(MetadataParser.parse(message.getMetadata()))
            .build();
    return new ClusterResource(cluster, edsTimeoutMillis(), fitness(), null);
  }

  private FitnessSpec fitness() {
    return new FitnessSpec(
        HealthCheckParser.parse(message.getHealthChecksList(), message.getName(), http, scope),
        message.hasOutlierDetection()
            ? OutlierParser.parse(message.getOutlierDetection(), scope.field("outlier_detection"))
            : null,
        message.getIgnoreHealthOnHostRemoval());
  }

  private void refuseWhatIsMissing() {
    scope.refuse(message.hasClusterType(), "cluster_type");
    scope.refuse(message.getFiltersCount() > 0, "filters");
    scope.refuse(message.getTransportSocketMatchesCount() > 0, "transport_socket_matches");
    scope.refuse(message.hasUpstreamBindConfig(), "upstream_bind_config");
    scope.refuse(
        message.getConnectionPoolPerDownstreamConnection(),
        "connection_pool_per_downstream_connection");
  }

  private Discovery discovery() {
    if (message.hasClusterType()) {
      return new Discovery.Eds(message.getName());
    }
    return switch (message.getType()) {
      case STATIC -> fixed();
      case EDS -> eds();
      case STRICT_DNS, LOGICAL_DNS, ORIGINAL_DST, UNRECOGNIZED -> {
        scope.problem("type", "only STATIC and EDS are supported");
        yield new Discovery.Eds(message.getName());
      }
    };
  }

  private Discovery fixed() {
    if (message.hasEdsClusterConfig()) {
      scope.problem("eds_cluster_config", "Cannot set EDS cluster config in a non-EDS cluster");
    }
    return new Discovery.Static(
        EndpointParser.parse(message.getLoadAssignment(), scope.field("load_assignment")));
  }

  private Discovery eds() {
    if (!message.hasEdsClusterConfig()) {
      scope.problem("eds_cluster_config", "is required for a cluster of type EDS");
    }
    scope.refuse(message.hasLoadAssignment(), "load_assignment");
    var service = message.getEdsClusterConfig().getServiceName();
    return new Discovery.Eds(service.isEmpty() ? message.getName() : service);
  }

  private long edsTimeoutMillis() {
    return message.hasEdsClusterConfig() && message.getType() == Cluster.DiscoveryType.EDS
        ? ConfigSources.fetchTimeoutMillis(
            message.getEdsClusterConfig().getEdsConfig(),
            scope.field("eds_cluster_config.eds_config"))
        : 0;
  }

  private ConnectionOptions connections() {
    var timeout = message.getConnectTimeout();
    return new ConnectionOptions(
        message.hasConnectTimeout()
            ? Duration.ofSeconds(timeout.getSeconds(), timeout.getNanos())
            : ConnectionOptions.DEFAULT.connectTimeout(),
        message.hasPerConnectionBufferLimitBytes()
            ? Scope.clamp(message.getPerConnectionBufferLimitBytes().getValue())
            : ConnectionOptions.DEFAULT.bufferLimitBytes());
  }

  private CircuitBreakers breakers() {
    var normal = Thresholds.DEFAULT;
    var high = Thresholds.DEFAULT;
    for (var thresholds : message.getCircuitBreakers().getThresholdsList()) {
      if (thresholds.getPriority() == RoutingPriority.HIGH) {
        high = thresholds(thresholds);
      } else {
        normal = thresholds(thresholds);
      }
    }
    return new CircuitBreakers(normal, high);
  }

  private static Thresholds thresholds(
      io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers.Thresholds message) {
    var defaults = Thresholds.DEFAULT;
    return new Thresholds(
        message.hasMaxConnections()
            ? Scope.clamp(message.getMaxConnections().getValue())
            : defaults.maxConnections(),
        message.hasMaxPendingRequests()
            ? Scope.clamp(message.getMaxPendingRequests().getValue())
            : defaults.maxPendingRequests(),
        message.hasMaxRequests()
            ? Scope.clamp(message.getMaxRequests().getValue())
            : defaults.maxRequests(),
        message.hasMaxRetries()
            ? Scope.clamp(message.getMaxRetries().getValue())
            : defaults.maxRetries(),
        message.hasRetryBudget() ? budget(message.getRetryBudget()) : null);
  }

  private static RetryBudget budget(
      io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget message) {
    var defaults = RetryBudget.DEFAULT;
    return new RetryBudget(
        message.hasBudgetPercent() ? message.getBudgetPercent().getValue() : defaults.percent(),
        message.hasMinRetryConcurrency()
            ? Scope.clamp(message.getMinRetryConcurrency().getValue())
            : defaults.minRetries());
  }
}
