package dev.outrider.proxy.xds.cluster;

import dev.outrider.proxy.cluster.CircuitBreakers;
import dev.outrider.proxy.cluster.CircuitBreakers.RetryBudget;
import dev.outrider.proxy.cluster.CircuitBreakers.Thresholds;
import dev.outrider.proxy.cluster.ConnectionOptions;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.FamilyOrder;
import dev.outrider.proxy.cluster.LbPolicy;
import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.cluster.ProxyHeaderSpec;
import dev.outrider.proxy.cluster.SocketMatch;
import dev.outrider.proxy.cluster.UpstreamHttpOptions;
import dev.outrider.proxy.config.ConfigOrigin;
import dev.outrider.proxy.extension.IgnorableExtensions;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.health.FitnessSpec;
import dev.outrider.proxy.tls.ClientTls;
import dev.outrider.proxy.xds.core.MetadataParser;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.resource.ConfigSources;
import dev.outrider.proxy.xds.resource.Resource.ClusterResource;
import dev.outrider.proxy.xds.resource.Resource.InitTarget;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.resource.TlsAssembly;
import dev.outrider.proxy.xds.secret.TransportSockets;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.UpstreamConnectionOptions;
import io.envoyproxy.envoy.config.core.v3.RoutingPriority;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Reads `cluster.v3.Cluster`. What is not acted on is refused.
public final class ClusterParser {
  private final Cluster message;
  private final Scope scope;
  private final UpstreamHttpOptions http;

  private final DnsCacheParser dnsCaches;

  private ClusterParser(Cluster message, DnsCacheParser dnsCaches, Scope scope) {
    this.message = message;
    this.dnsCaches = dnsCaches;
    this.scope = scope;
    this.http = UpstreamHttpParser.parse(message, scope);
  }

  /// The cluster and what it needs; problems, if it is refused.
  ///
  /// @param dnsCaches of clusters whose endpoints requests name
  /// @param previous the same cluster one version earlier
  public static CompletionStage<Parsed<ClusterResource>> parse(
      Cluster message,
      ConfigOrigin origin,
      TransportSockets sockets,
      DnsCacheParser dnsCaches,
      Scope scope,
      @Nullable ClusterResource previous) {
    var plain =
        new ClusterParser(ForwardClusterParser.secured(message), dnsCaches, scope).parse(origin);
    var before = previous == null ? null : previous.cluster();
    var statName = plain.cluster().statName();
    var socket = ProxyHeaderParser.unwrap(message.getTransportSocket(), scope);
    var own =
        sockets.client(
            socket.inner(),
            statName,
            plain.cluster().http().negotiated(),
            socket.place(),
            before == null ? null : before.tls());
    var all =
        own.thenApply(
            found ->
                new Secured(plain.cluster().toBuilder().proxy(socket.header()))
                    .own(found.reportTo(scope), found));
    for (var i = 0; i < message.getTransportSocketMatchesCount(); i++) {
      var match = message.getTransportSocketMatches(i);
      var matched =
          ProxyHeaderParser.unwrap(
              match.getTransportSocket(), scope.item("transport_socket_matches", i));
      all =
          all.thenCombine(
              sockets.client(
                  matched.inner(),
                  statName,
                  plain.cluster().http().negotiated(),
                  matched.place(),
                  earlier(before, i)),
              (secured, found) ->
                  secured.match(match, matched.header(), found.reportTo(scope), found));
    }
    return all.thenApply(secured -> finished(secured.finish(plain), scope));
  }

  /// Without TLS there is no ALPN.
  private static Parsed<ClusterResource> finished(ClusterResource resource, Scope scope) {
    var cluster = resource.cluster();
    if (cluster.http().negotiated() && cluster.tls() == null && scope.problems().isEmpty()) {
      scope.problem(
          "ALPN configured for cluster %s which has a non-ALPN transport socket"
              .formatted(cluster.name()));
    }
    return scope.result(resource);
  }

  private static @Nullable ClientTls earlier(
      dev.outrider.proxy.cluster.@Nullable Cluster before, int match) {
    return before == null || match >= before.socketMatches().size()
        ? null
        : before.socketMatches().get(match).tls();
  }

  /// A cluster that gets one transport socket after the other.
  private static final class Secured {
    private final dev.outrider.proxy.cluster.Cluster.Builder cluster;
    private final List<SocketMatch> matches = new ArrayList<>();
    private final List<TlsAssembly> assemblies = new ArrayList<>();

    Secured(dev.outrider.proxy.cluster.Cluster.Builder cluster) {
      this.cluster = cluster;
    }

    Secured own(@Nullable ClientTls tls, TransportSockets.Found<ClientTls> found) {
      cluster.tls(tls);
      return made(found);
    }

    Secured match(
        Cluster.TransportSocketMatch message,
        @Nullable ProxyHeaderSpec proxy,
        @Nullable ClientTls tls,
        TransportSockets.Found<ClientTls> found) {
      var labels = Metadata.of(message.getMatch().toByteArray());
      matches.add(new SocketMatch(message.getName(), labels, tls, proxy));
      return made(found);
    }

    private Secured made(TransportSockets.Found<ClientTls> found) {
      if (found.assembly() != null) {
        assemblies.add(found.assembly());
      }
      return this;
    }

    ClusterResource finish(ClusterResource plain) {
      return new ClusterResource(
          cluster.socketMatches(matches).build(),
          plain.endpoints(),
          plain.fitness(),
          plain.waits(),
          assemblies);
    }
  }

  private ClusterResource parse(ConfigOrigin origin) {
    refuseFilters();
    var discovery = DiscoveryParser.parse(message, dnsCaches, scope);
    var loadBalancing = LoadBalancingParser.parse(message, scope);
    checkWhoChooses(discovery, loadBalancing.policy());
    var statName =
        message.getAltStatName().isEmpty() ? message.getName() : message.getAltStatName();
    var cluster =
        dev.outrider.proxy.cluster.Cluster.builder(message.getName(), discovery)
            .statName(statName)
            .loadBalancing(loadBalancing)
            .connections(connections())
            .breakers(breakers())
            .http(http)
            .addedViaApi(origin == ConfigOrigin.DYNAMIC)
            .metadata(MetadataParser.parse(message.getMetadata()))
            .build();
    return new ClusterResource(cluster, endpoints(), fitness(), waits());
  }

  private FitnessSpec fitness() {
    return new FitnessSpec(
        HealthCheckParser.parse(message.getHealthChecksList(), message.getName(), http, scope),
        message.hasOutlierDetection()
            ? OutlierParser.parse(message.getOutlierDetection(), scope.field("outlier_detection"))
            : null,
        message.getIgnoreHealthOnHostRemoval());
  }

  /// All but those that are ignored.
  private void refuseFilters() {
    for (var i = 0; i < message.getFiltersCount(); i++) {
      if (!IgnorableExtensions.contains(message.getFilters(i).getTypedConfig())) {
        scope.problem("filters[" + i + "]", "is not supported");
      }
    }
  }

  /// Who leaves the choice to the cluster needs one that makes it, and the other way round.
  private void checkWhoChooses(Discovery discovery, LbPolicy policy) {
    var leftToCluster = policy instanceof LbPolicy.ClusterProvided;
    if (leftToCluster && !discovery.choosesItself()) {
      scope.problem(
          "cluster manager: cluster provided LB specified but cluster '%s' did not provide one. Check cluster documentation."
              .formatted(message.getName()));
    }
  }

  private boolean waits() {
    return !message.hasWaitForWarmOnInit() || message.getWaitForWarmOnInit().getValue();
  }

  private @Nullable InitTarget endpoints() {
    return message.hasEdsClusterConfig() && DiscoveryParser.isEds(message)
        ? ConfigSources.target(
            ResourceKind.ENDPOINTS,
            DiscoveryParser.service(message),
            true,
            message.getEdsClusterConfig().getEdsConfig(),
            scope.field("eds_cluster_config.eds_config"))
        : null;
  }

  private ConnectionOptions connections() {
    var timeout = message.getConnectTimeout();
    return new ConnectionOptions(
        message.hasConnectTimeout()
            ? Duration.ofSeconds(timeout.getSeconds(), timeout.getNanos())
            : ConnectionOptions.DEFAULT.connectTimeout(),
        message.hasPerConnectionBufferLimitBytes()
            ? Scope.clamp(message.getPerConnectionBufferLimitBytes().getValue())
            : ConnectionOptions.DEFAULT.bufferLimitBytes(),
        UpstreamSocketsParser.parse(message, scope),
        message.getCloseConnectionsOnHostHealthFailure(),
        message.getConnectionPoolPerDownstreamConnection(),
        order(message.getUpstreamConnectionOptions().getHappyEyeballsConfig()),
        message.getPreconnectPolicy().hasPerUpstreamPreconnectRatio()
            ? message.getPreconnectPolicy().getPerUpstreamPreconnectRatio().getValue()
            : 1);
  }

  private static FamilyOrder order(UpstreamConnectionOptions.HappyEyeballsConfig message) {
    var order =
        new FamilyOrder(
            switch (message.getFirstAddressFamilyVersion()) {
              case V4 -> FamilyOrder.First.V4;
              case V6 -> FamilyOrder.First.V6;
              case DEFAULT, UNRECOGNIZED -> FamilyOrder.First.AS_GIVEN;
            },
            message.hasFirstAddressFamilyCount()
                ? Scope.clamp(message.getFirstAddressFamilyCount().getValue())
                : FamilyOrder.DEFAULT.count());
    return order.equals(FamilyOrder.DEFAULT) ? FamilyOrder.DEFAULT : order; // one for thousands
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
    return new CircuitBreakers(normal, high, perHost());
  }

  private CircuitBreakers.PerHost perHost() {
    var normal = Integer.MAX_VALUE;
    var high = Integer.MAX_VALUE;
    for (var thresholds : message.getCircuitBreakers().getPerHostThresholdsList()) {
      if (thresholds.hasMaxPendingRequests()
          || thresholds.hasMaxRequests()
          || thresholds.hasMaxRetries()
          || thresholds.hasMaxConnectionPools()
          || thresholds.hasRetryBudget()
          || thresholds.getTrackRemaining()) {
        scope.problem("Unsupported field in per_host_thresholds");
      }
      var most =
          thresholds.hasMaxConnections()
              ? Scope.clamp(thresholds.getMaxConnections().getValue())
              : Integer.MAX_VALUE;
      if (thresholds.getPriority() == RoutingPriority.HIGH) {
        high = most;
      } else {
        normal = most;
      }
    }
    return new CircuitBreakers.PerHost(normal, high);
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
        message.hasRetryBudget() ? budget(message.getRetryBudget()) : null,
        message.hasMaxConnectionPools()
            ? Scope.clamp(message.getMaxConnectionPools().getValue())
            : defaults.maxPools(),
        message.getTrackRemaining());
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
