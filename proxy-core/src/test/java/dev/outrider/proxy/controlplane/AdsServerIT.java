package dev.outrider.proxy.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.MessageLite;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.config.BootstrapConfig;
import dev.outrider.proxy.config.ConfigChange;
import dev.outrider.proxy.config.ProxyConfig;
import dev.outrider.proxy.config.ServiceIdentity;
import dev.outrider.proxy.dns.FakeNames;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.health.FakeProbes;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.runtime.LayeredRuntime;
import dev.outrider.proxy.xds.BootstrapParser;
import dev.outrider.proxy.xds.Configuration;
import dev.outrider.proxy.xds.EnvoyResourceTypes;
import dev.outrider.proxy.xds.TestDnsCaches;
import dev.outrider.proxy.xds.TestSecrets;
import dev.outrider.proxy.xds.accesslog.AccessLogParser;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.stream.ControlPlanes;
import dev.outrider.proxy.xds.stream.RestCalls;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A proxy's configuration over real sockets: the control plane's API, gRPC, and the whole way to a
/// published change.
class AdsServerIT {
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final ThreadLoop loop = new ThreadLoop();
  private final LinkedBlockingQueue<ConfigChange> changes = new LinkedBlockingQueue<>();
  private AdsServer server;
  private Configuration configuration;

  @BeforeEach
  void open() throws Exception {
    server = new AdsServer(0);
    push("1", "users-v1");
    configuration = loop.ask(this::configuration);
    var problems =
        loop.ask(() -> configuration.start(bootstrap(server.port())).toCompletableFuture()).join();
    assertThat(problems).isEmpty();
  }

  @AfterEach
  void close() {
    loop.ask(
        () -> {
          configuration.close();
          return true;
        });
    server.close();
    loop.close();
  }

  @Test
  void bringsAWholeConfigurationToTheProxy() throws Exception {
    await(config -> config.listeners().containsKey("main") && config.routes().containsKey("local"));

    for (var kind :
        EnumSet.of(
            ResourceKind.CLUSTER,
            ResourceKind.ENDPOINTS,
            ResourceKind.LISTENER,
            ResourceKind.ROUTES)) {
      assertThat(server.awaitAnswer(kind, "1", PATIENCE).orElseThrow().accepted()).isTrue();
    }
    var active = loop.ask(configuration::active);
    assertThat(active.clusters()).containsOnlyKeys("users-v1", "xds");
    assertThat(active.endpoints()).containsKey("users-v1");
    assertThat(loop.ask(() -> configuration.initialised().toCompletableFuture().isDone())).isTrue();
  }

  @Test
  void tellsTheControlPlaneWhatItRefusesAndKeepsWhatItHas() throws Exception {
    await(config -> config.routes().containsKey("local"));

    server.push(
        ResourceKind.ROUTES,
        "broken",
        Map.of(
            "local",
            routes("users-v1").toBuilder()
                .addVirtualHosts(VirtualHost.newBuilder().setName("again").addDomains("*"))
                .build()));

    var answer = server.awaitAnswer(ResourceKind.ROUTES, "broken", PATIENCE).orElseThrow();
    assertThat(answer.accepted()).isFalse();
    assertThat(answer.error())
        .contains("Only a single wildcard domain is permitted in route local");
    assertThat(loop.ask(configuration::active).routes()).containsOnlyKeys("local");
  }

  @Test
  void comesBackAfterTheStreamEndedAndTakesWhatIsNew() throws Exception {
    await(config -> config.listeners().containsKey("main"));
    server.disconnect();

    push("2", "users-v2");

    await(config -> config.clusters().keySet().equals(Set.of("users-v2", "xds")));
    assertThat(server.awaitAnswer(ResourceKind.ROUTES, "2", PATIENCE).orElseThrow().accepted())
        .isTrue();
    assertThat(server.streams()).isEqualTo(1);
  }

  private void push(String version, String cluster) {
    server.push(ResourceKind.CLUSTER, version, Map.of(cluster, cluster(cluster)));
    server.push(ResourceKind.ENDPOINTS, version, Map.of(cluster, endpoints(cluster)));
    server.push(ResourceKind.LISTENER, version, Map.of("main", listener()));
    server.push(ResourceKind.ROUTES, version, Map.of("local", routes(cluster)));
  }

  /// Follows the published changes until the configuration is as wanted.
  private void await(Predicate<ProxyConfig> wanted) throws InterruptedException {
    var deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!wanted.test(loop.ask(configuration::active))) {
      var left = deadline - System.nanoTime();
      assertThat(left).as("time left").isPositive();
      changes.poll(Math.min(left, 200_000_000), TimeUnit.NANOSECONDS);
    }
  }

  private Configuration configuration() {
    var types =
        new EnvoyResourceTypes(
            (_, _, _) -> List.of(),
            ServiceIdentity.NONE,
            new ProviderRegistry<HttpFilterFactory>(List.of()),
            new ProviderRegistry<NetworkFilterFactory>(List.of()),
            new AccessLogParser((_, _) -> Parsed.valid(_ -> {}), Runnable::run),
            TestDnsCaches.on(loop, new MetricRegistry(1), new FakeNames()),
            TestSecrets.on(loop, new MetricRegistry(1)));
    var metrics = new MetricRegistry(1);
    return new Configuration(
        new Configuration.Spec(
            loop,
            metrics,
            types,
            new FakeProbes().fitness(loop, metrics, new SharedClusters(metrics)),
            new ControlPlanes(loop, metrics, RestCalls.NONE),
            new Random(7),
            _ -> new FakeNames(),
            new LayeredRuntime(
                loop, metrics, List.of(), _ -> CompletableFuture.completedFuture(null)),
            changes::add));
  }

  private static BootstrapConfig bootstrap(int port) {
    var builder = Bootstrap.newBuilder().setNode(Node.newBuilder().setId("n").setCluster("c"));
    builder
        .getStaticResourcesBuilder()
        .addClusters(
            Cluster.newBuilder()
                .setName("xds")
                .setType(Cluster.DiscoveryType.STATIC)
                .setLoadAssignment(assignment("xds", port)));
    builder
        .getDynamicResourcesBuilder()
        .setCdsConfig(ads())
        .setLdsConfig(ads())
        .setAdsConfig(
            ApiConfigSource.newBuilder()
                .setApiType(ApiConfigSource.ApiType.GRPC)
                .setTransportApiVersion(ApiVersion.V3)
                .addGrpcServices(
                    GrpcService.newBuilder()
                        .setEnvoyGrpc(GrpcService.EnvoyGrpc.newBuilder().setClusterName("xds"))));
    return switch (BootstrapParser.parse(
        builder.build().toByteArray(), BootstrapParser.NodeFlags.NONE)) {
      case Parsed.Valid<BootstrapConfig>(var config) -> config;
      case Parsed.Invalid<BootstrapConfig>(var problems) -> throw new AssertionError(problems);
    };
  }

  private static ConfigSource ads() {
    return ConfigSource.newBuilder()
        .setAds(AggregatedConfigSource.getDefaultInstance())
        .setResourceApiVersion(ApiVersion.V3)
        .build();
  }

  private static MessageLite cluster(String name) {
    return Cluster.newBuilder()
        .setName(name)
        .setType(Cluster.DiscoveryType.EDS)
        .setEdsClusterConfig(Cluster.EdsClusterConfig.newBuilder().setEdsConfig(ads()))
        .build();
  }

  private static MessageLite endpoints(String name) {
    return assignment(name, 9000);
  }

  private static ClusterLoadAssignment assignment(String name, int port) {
    return ClusterLoadAssignment.newBuilder()
        .setClusterName(name)
        .addEndpoints(
            LocalityLbEndpoints.newBuilder()
                .addLbEndpoints(
                    LbEndpoint.newBuilder()
                        .setEndpoint(Endpoint.newBuilder().setAddress(address(port)))))
        .build();
  }

  private static Address address(int port) {
    return Address.newBuilder()
        .setSocketAddress(SocketAddress.newBuilder().setAddress("127.0.0.1").setPortValue(port))
        .build();
  }

  private static MessageLite listener() {
    var hcm =
        HttpConnectionManager.newBuilder()
            .setStatPrefix("main")
            .setRds(Rds.newBuilder().setRouteConfigName("local").setConfigSource(ads()))
            .addHttpFilters(
                HttpFilter.newBuilder()
                    .setName("router")
                    .setTypedConfig(Any.pack(Router.getDefaultInstance())))
            .build();
    return Listener.newBuilder()
        .setName("main")
        .setAddress(address(0))
        .addFilterChains(
            FilterChain.newBuilder()
                .addFilters(Filter.newBuilder().setName("hcm").setTypedConfig(Any.pack(hcm))))
        .build();
  }

  private static RouteConfiguration routes(String cluster) {
    return RouteConfiguration.newBuilder()
        .setName("local")
        .addVirtualHosts(
            VirtualHost.newBuilder()
                .setName("all")
                .addDomains("*")
                .addRoutes(
                    Route.newBuilder()
                        .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                        .setRoute(RouteAction.newBuilder().setCluster(cluster))))
        .build();
  }
}
