package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// How a process gets to what it starts with.
class StartTest {
  private final Proxy proxy = new Proxy();

  private static List<String> texts(List<ConfigProblem> problems) {
    return problems.stream().map(ConfigProblem::text).toList();
  }

  private static Bootstrap.Builder fixed() {
    var bootstrap = Bootstrap.newBuilder();
    bootstrap
        .getStaticResourcesBuilder()
        .addClusters(Resources.staticCluster("c", 9000))
        .addListeners(
            Resources.listener(
                "l", 10000, Resources.hcm().setRouteConfig(Resources.routes("r", "c"))));
    return bootstrap;
  }

  @Test
  void isReadyAtOnceWithAStaticConfiguration() {
    proxy.start(fixed());

    assertThat(proxy.initialised()).isTrue();
    assertThat(proxy.active().clusters()).containsOnlyKeys("c");
    assertThat(proxy.endpoints("c").endpoints()).hasSize(1);
    assertThat(proxy.active().listeners()).containsOnlyKeys("l");
    assertThat(proxy.controlPlane.streams()).isZero();
  }

  @Test
  void publishesClustersBeforeTheListenersThatUseThem() {
    proxy.start(fixed());

    assertThat(proxy.changes).hasSize(2);
    assertThat(proxy.changes.get(0).clusters().updated()).containsOnlyKeys("c");
    assertThat(proxy.changes.get(1).listeners().updated()).containsOnlyKeys("l");
  }

  @Test
  void saysEveryProblemOfTheStaticResourcesAndPublishesNothing() {
    var bootstrap = fixed();
    bootstrap
        .getStaticResourcesBuilder()
        .addClusters(Resources.staticCluster("c", 9001))
        .addClusters(Resources.staticCluster("bad", 70000))
        .addListeners(
            Resources.listener(
                "other", 10001, Resources.hcm().setRouteConfig(Resources.routes("r", "nope"))))
        .addListeners(Resources.listener("same", 10000, Resources.rdsHcm("r").clearHttpFilters()));

    var problems = texts(proxy.startWithProblems(bootstrap));

    assertThat(problems)
        .containsExactlyInAnyOrder(
            "cluster 'c': duplicate c found",
            "cluster 'bad':"
                + " load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address.port_value:"
                + " value must be less than or equal to 65535",
            "listener 'other': route: unknown cluster 'nope'",
            "listener 'same': filter_chains[0].filters[0].typed_config.http_filters: a router"
                + " filter is required at the end of the chain");
    assertThat(proxy.changes).isEmpty();
    assertThat(proxy.initialised()).isFalse();
  }

  @Test
  void refusesTwoStaticListenersOnOneAddress() {
    var bootstrap = fixed();
    bootstrap
        .getStaticResourcesBuilder()
        .addListeners(
            Resources.listener(
                "again", 10000, Resources.hcm().setRouteConfig(Resources.routes("r", "c"))));

    assertThat(texts(proxy.startWithProblems(bootstrap)))
        .containsExactly(
            "listener 'again': error adding listener: 'again' has duplicate address"
                + " '127.0.0.1:10000' as existing listener");
  }

  @Test
  void refusesToWaitForAControlPlaneThatIsNotThere() {
    var bootstrap = Bootstrap.newBuilder();
    bootstrap
        .getStaticResourcesBuilder()
        .addClusters(Resources.edsCluster("c"))
        .addListeners(Resources.listener("l", 10000, Resources.rdsHcm("r")));

    assertThat(texts(proxy.startWithProblems(bootstrap)))
        .containsExactlyInAnyOrder(
            "bootstrap: dynamic_resources.ads_config: 'c' needs endpoints 'c' from a control plane,"
                + " but none is configured",
            "bootstrap: dynamic_resources.ads_config: 'l' needs route configuration 'r' from a"
                + " control plane, but none is configured");
  }

  @Test
  void refusesAControlPlaneThatItCannotReach() {
    var bootstrap = Proxy.dynamicBootstrap();
    bootstrap
        .getDynamicResourcesBuilder()
        .getAdsConfigBuilder()
        .getGrpcServicesBuilder(0)
        .getEnvoyGrpcBuilder()
        .setClusterName("nowhere");

    assertThat(texts(proxy.startWithProblems(bootstrap)))
        .contains(
            "bootstrap: dynamic_resources.ads_config: Unknown gRPC client cluster 'nowhere': it"
                + " must be a static cluster of type STATIC with an endpoint");
  }

  /// It would have to be there to get there.
  @Test
  void refusesAControlPlaneThatIsReachedWithASecretOfItsOwn() {
    var bootstrap = Proxy.dynamicBootstrap();
    var context = UpstreamTlsContext.newBuilder();
    context
        .getCommonTlsContextBuilder()
        .addTlsCertificateSdsSecretConfigs(
            SdsSecretConfig.newBuilder().setName("own").setSdsConfig(Resources.ads()));
    bootstrap
        .getStaticResourcesBuilder()
        .getClustersBuilder(0)
        .setTransportSocket(
            TransportSocket.newBuilder().setName("tls").setTypedConfig(Any.pack(context.build())));

    assertThat(texts(proxy.startWithProblems(bootstrap)))
        .containsExactly(
            "bootstrap: dynamic_resources.ads_config: cluster 'xds' leads to the control plane,"
                + " and needs a secret of it to get there");
    assertThat(proxy.controlPlane.connected()).isFalse();
  }

  @Test
  void takesAControlPlaneThatIsSecured() {
    var bootstrap = Proxy.dynamicBootstrap();
    bootstrap
        .getStaticResourcesBuilder()
        .getClustersBuilder(0)
        .setTransportSocket(
            TransportSocket.newBuilder()
                .setName("tls")
                .setTypedConfig(Any.pack(UpstreamTlsContext.getDefaultInstance())));

    assertThat(proxy.startWithProblems(bootstrap)).isEmpty();
    assertThat(proxy.controlPlane.connected()).isTrue();
  }

  @Test
  void startsWithoutAControlPlaneThatStaysSilent() {
    proxy.start(Proxy.dynamicBootstrap());

    proxy.advance(Duration.ofMillis(14_900));
    assertThat(proxy.controlPlane.request(ResourceKind.CLUSTER)).isNotNull();
    proxy.controlPlane.expectSilence();
    proxy.advance(Duration.ofMillis(200));
    assertThat(proxy.controlPlane.request(ResourceKind.LISTENER)).isNotNull();
    assertThat(proxy.initialised()).isFalse();
    proxy.advance(Duration.ofMillis(15_100));

    assertThat(proxy.initialised()).isTrue();
    assertThat(proxy.stat("cluster_manager.cds.init_fetch_timeout")).isEqualTo(1);
    assertThat(proxy.stat("listener_manager.lds.init_fetch_timeout")).isEqualTo(1);
  }

  @Test
  void waitsForEverIfItIsToldTo() {
    var bootstrap = Proxy.dynamicBootstrap();
    bootstrap
        .getDynamicResourcesBuilder()
        .getCdsConfigBuilder()
        .setInitialFetchTimeout(Resources.seconds(0));
    proxy.start(bootstrap);

    proxy.advance(Duration.ofHours(1));

    proxy.controlPlane.request(ResourceKind.CLUSTER);
    proxy.controlPlane.expectSilence();
    assertThat(proxy.initialised()).isFalse();
  }

  @Test
  void waitsForFiltersThatAreStillBeingMade() {
    var bootstrap = fixed();
    bootstrap
        .getStaticResourcesBuilder()
        .clearListeners()
        .addListeners(
            Resources.listener(
                "l",
                10000,
                Resources.hcm()
                    .clearHttpFilters()
                    .addHttpFilters(Resources.filter("f", Proxy.SlowFilters.config("slow")))
                    .addHttpFilters(Resources.router())
                    .setRouteConfig(Resources.routes("r", "c"))));
    proxy.start(bootstrap);
    assertThat(proxy.initialised()).isFalse();
    assertThat(proxy.changes)
        .as("clusters, by which a filter's code may have to be fetched")
        .singleElement()
        .satisfies(change -> assertThat(change.listeners().updated()).isEmpty());

    proxy.filters.waiting.getFirst().complete(Parsed.valid(Proxy.SlowFilters.factory()));
    proxy.loop.runTasks();

    assertThat(proxy.initialised()).isTrue();
    assertThat(Resources.http(proxy.listener("l").chains().all().getFirst()).filters().usual())
        .hasSize(1);
  }

  @Test
  void takesAnAnswerThatIsStillBeingJudgedForOneInTime() {
    proxy.start(Proxy.dynamicBootstrap());
    proxy.controlPlane.respond(ResourceKind.CLUSTER, "1", Resources.staticCluster("c", 1).build());
    proxy.controlPlane.respond(
        ResourceKind.LISTENER,
        "1",
        Resources.listener(
                "l",
                10000,
                Resources.hcm()
                    .clearHttpFilters()
                    .addHttpFilters(Resources.filter("f", Proxy.SlowFilters.config("slow")))
                    .addHttpFilters(Resources.router())
                    .setRouteConfig(Resources.routes("r", "c")))
            .build());

    proxy.advance(Duration.ofMinutes(1));
    assertThat(proxy.initialised()).isFalse();
    proxy.filters.waiting.getFirst().complete(Parsed.valid(Proxy.SlowFilters.factory()));
    proxy.loop.runTasks();

    assertThat(proxy.initialised()).isTrue();
    assertThat(proxy.active().listeners()).containsOnlyKeys("l");
    assertThat(proxy.stat("listener_manager.lds.init_fetch_timeout")).isZero();
  }
}
