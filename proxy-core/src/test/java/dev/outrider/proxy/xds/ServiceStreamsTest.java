package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.xds.resource.ResourceKind;
import dev.outrider.proxy.xds.stream.AdsTransport.Service;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource.ApiType;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// One stream for each type and subscription (`api_config_source`), without an aggregated one
/// (X35).
class ServiceStreamsTest {

  static ConfigSource from(ApiType type, String cluster) {
    return ConfigSource.newBuilder()
        .setApiConfigSource(
            ApiConfigSource.newBuilder()
                .setApiType(type)
                .setTransportApiVersion(ApiVersion.V3)
                .setSetNodeOnFirstMessageOnly(true)
                .addGrpcServices(
                    GrpcService.newBuilder()
                        .setEnvoyGrpc(GrpcService.EnvoyGrpc.newBuilder().setClusterName(cluster))))
        .build();
  }

  static Bootstrap.Builder bootstrap(ApiType type) {
    var builder = Proxy.dynamicBootstrap();
    builder.getStaticResourcesBuilder().addClusters(Resources.staticCluster("other", 18001));
    builder
        .getDynamicResourcesBuilder()
        .clearAdsConfig()
        .setCdsConfig(from(type, "xds"))
        .setLdsConfig(from(type, "other"));
    return builder;
  }

  private static Cluster eds(String name, ApiType type) {
    var cluster = Resources.edsCluster(name);
    cluster.getEdsClusterConfigBuilder().setEdsConfig(from(type, "xds"));
    return cluster.build();
  }

  static HttpConnectionManager.Builder rds(ApiType type) {
    var manager = Resources.rdsHcm("r");
    manager.getRdsBuilder().setConfigSource(from(type, "other"));
    return manager;
  }

  @Test
  void asksEachServiceForItsTypeAndAcknowledgesAtOnce() { // X35
    var proxy = new Proxy().start(bootstrap(ApiType.GRPC));
    var clusters = proxy.service(Service.CLUSTERS);
    var first = clusters.request(ResourceKind.CLUSTER);
    assertThat(first.getNode().getId()).isEqualTo("n");
    assertThat(first.getResourceNamesList()).isEmpty();

    var cds =
        clusters.respond(ResourceKind.CLUSTER, "1", eds("a", ApiType.GRPC), eds("b", ApiType.GRPC));
    assertThat(clusters.request(ResourceKind.CLUSTER).getResponseNonce()).isEqualTo(cds);
    var asked = proxy.services.subList(1, 3);
    for (var each : asked) {
      assertThat(each.service()).isEqualTo(Service.ENDPOINTS);
      var request = each.plane().request(ResourceKind.ENDPOINTS);
      assertThat(request.getNode().getId()).isEqualTo("n");
      var name = request.getResourceNames(0);
      each.plane()
          .respond(
              ResourceKind.ENDPOINTS, "e", Resources.endpoints(name, name.equals("a") ? 1 : 2));
      assertThat(each.plane().request(ResourceKind.ENDPOINTS).getVersionInfo()).isEqualTo("e");
    }
    assertThat(proxy.endpoints("b").endpoints().getFirst().address())
        .isEqualTo(new HostPort("127.0.0.1", 2));

    var listeners = proxy.service(Service.LISTENERS);
    assertThat(proxy.services.getLast().server().cluster()).isEqualTo("other");
    listeners.request(ResourceKind.LISTENER);
    listeners.respond(
        ResourceKind.LISTENER, "1", Resources.listener("l", 10000, rds(ApiType.GRPC)).build());
    assertThat(listeners.request(ResourceKind.LISTENER).getVersionInfo()).isEqualTo("1");
    assertThat(proxy.initialised()).isFalse();
    var routes = proxy.service(Service.ROUTES);
    assertThat(routes.request(ResourceKind.ROUTES).getResourceNamesList()).containsExactly("r");
    routes.respond(ResourceKind.ROUTES, "1", Resources.routes("r", "a").build());

    assertThat(routes.request(ResourceKind.ROUTES).getVersionInfo()).isEqualTo("1");
    assertThat(proxy.initialised()).isTrue();
    assertThat(proxy.stat("cluster_manager.cds.update_success")).isEqualTo(1);
    assertThat(proxy.stat("http.in.rds.r.update_success")).isEqualTo(1);
  }

  @Test
  void speaksDeltaWithEach() { // X35
    var proxy = new Proxy().start(bootstrap(ApiType.DELTA_GRPC));
    var clusters = proxy.service(Service.CLUSTERS);
    clusters.deltaRequest(ResourceKind.CLUSTER);
    clusters.change(ResourceKind.CLUSTER, "1", Map.of("a", eds("a", ApiType.DELTA_GRPC)));
    clusters.deltaRequest(ResourceKind.CLUSTER);
    var endpoints = proxy.service(Service.ENDPOINTS);

    assertThat(endpoints.deltaRequest(ResourceKind.ENDPOINTS).getResourceNamesSubscribeList())
        .containsExactly("a");
    endpoints.change(ResourceKind.ENDPOINTS, "1", Map.of("a", Resources.endpoints("a", 7)));
    assertThat(endpoints.deltaRequest(ResourceKind.ENDPOINTS).hasErrorDetail()).isFalse();
    assertThat(proxy.endpoints("a").endpoints()).hasSize(1);

    clusters.change(ResourceKind.CLUSTER, "2", Map.of(), "a");

    assertThat(endpoints.connected()).isFalse();
    assertThat(proxy.active().clusters()).doesNotContainKey("a");
  }

  @Test
  void aClusterThatChangesGoesOnWithTheEndpointsItHas() { // X16
    var proxy = new Proxy().start(bootstrap(ApiType.GRPC));
    var clusters = proxy.service(Service.CLUSTERS);
    clusters.respond(ResourceKind.CLUSTER, "1", eds("a", ApiType.GRPC));
    var endpoints = proxy.service(Service.ENDPOINTS);
    endpoints.respond(ResourceKind.ENDPOINTS, "1", Resources.endpoints("a", 7));

    clusters.respond(
        ResourceKind.CLUSTER,
        "2",
        eds("a", ApiType.GRPC).toBuilder().setConnectTimeout(Resources.seconds(3)).build());

    assertThat(proxy.cluster("a").connections().connectTimeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(proxy.endpoints("a").endpoints()).hasSize(1);
    assertThat(endpoints.connected()).isTrue();
  }

  @Test
  void losesAndFindsEachServiceByItself() { // X17
    var proxy = new Proxy().start(bootstrap(ApiType.GRPC));
    var clusters = proxy.service(Service.CLUSTERS);
    clusters.connect();
    clusters.respond(ResourceKind.CLUSTER, "1", eds("a", ApiType.GRPC));
    var endpoints = proxy.service(Service.ENDPOINTS);
    endpoints.respond(ResourceKind.ENDPOINTS, "1", Resources.endpoints("a", 7));
    assertThat(proxy.stat("cluster_manager.cds.control_plane.connected_state")).isEqualTo(1);

    clusters.drop("gone");

    assertThat(proxy.stat("cluster_manager.cds.control_plane.connected_state")).isZero();
    assertThat(proxy.stat("cluster_manager.cds.update_failure")).isEqualTo(1);
    assertThat(proxy.stat("listener_manager.lds.update_failure")).isZero();
    assertThat(endpoints.streams()).isEqualTo(1);
    proxy.advance(Duration.ofSeconds(1));
    assertThat(clusters.streams()).isEqualTo(2);
    assertThat(clusters.request(ResourceKind.CLUSTER).getVersionInfo()).isEqualTo("1");
  }

  /// Two clusters, each with a stream of its own to one service.
  private static Proxy withTwoStreams() {
    var proxy = new Proxy().start(bootstrap(ApiType.GRPC));
    proxy
        .service(Service.CLUSTERS)
        .respond(ResourceKind.CLUSTER, "1", eds("a", ApiType.GRPC), eds("b", ApiType.GRPC));
    return proxy;
  }

  /// The stream that asks for the endpoints of a cluster; its first request is taken.
  private static FakeControlPlane endpointsOf(Proxy proxy, String cluster) {
    for (var called : proxy.services) {
      if (called.service() == Service.ENDPOINTS
          && called.plane().hasRequests()
          && called.plane().request().getResourceNames(0).equals(cluster)) {
        return called.plane();
      }
    }
    throw new AssertionError("nobody asks for endpoints of " + cluster);
  }

  @Test
  void countsALostStreamForWhomItWas() { // X17
    var proxy = withTwoStreams();
    var ofB = endpointsOf(proxy, "b");

    ofB.drop("gone");

    assertThat(proxy.stat("cluster.b.update_failure")).isEqualTo(1);
    assertThat(proxy.stat("cluster.a.update_failure")).isZero();
  }

  @Test
  void countsALostStreamForTheKindThatItBrings() { // X17
    var bootstrap = bootstrap(ApiType.GRPC);
    bootstrap.getDynamicResourcesBuilder().setLdsConfig(from(ApiType.GRPC, "xds"));
    var proxy = new Proxy().start(bootstrap);
    proxy.service(Service.CLUSTERS).respond(ResourceKind.CLUSTER, "1");

    proxy.service(Service.LISTENERS).drop("gone");

    assertThat(proxy.stat("listener_manager.lds.update_failure")).isEqualTo(1);
    assertThat(proxy.stat("cluster_manager.cds.update_failure")).isZero();
  }

  @Test
  void countsWhatCannotBeUsedForWhomItWas() { // X17
    var proxy = withTwoStreams();
    var ofB = endpointsOf(proxy, "b");

    ofB.respondPacked(
        ResourceKind.ENDPOINTS.typeUrl(), "1", Any.pack(eds("no endpoints", ApiType.GRPC)));

    assertThat(ofB.request().hasErrorDetail()).isTrue();
    assertThat(proxy.stat("cluster.b.update_rejected")).isEqualTo(1);
    assertThat(proxy.stat("cluster.a.update_rejected")).isZero();
  }

  @Test
  void waitsForWhatAServiceMayHaveSoon() { // X16
    var proxy = withTwoStreams();
    var ofB = endpointsOf(proxy, "b");
    for (var called : proxy.services.subList(1, 3)) {
      called.plane().respond(ResourceKind.ENDPOINTS, "1");
    }
    assertThat(proxy.active().clusters()).doesNotContainKeys("a", "b");

    ofB.respond(ResourceKind.ENDPOINTS, "2", Resources.endpoints("b"));
    assertThat(proxy.active().clusters()).containsKey("b").doesNotContainKey("a");
    proxy.advance(Duration.ofSeconds(16)); // initial_fetch_timeout

    assertThat(proxy.active().clusters()).containsKeys("a", "b");
  }

  @Test
  void aCheckAsksNobody() {
    var bootstrap = bootstrap(ApiType.GRPC);
    var byFile = Resources.edsCluster("f");
    byFile
        .getEdsClusterConfigBuilder()
        .getEdsConfigBuilder()
        .getPathConfigSourceBuilder()
        .setPath("/there/is/none");
    bootstrap.getStaticResourcesBuilder().addClusters(eds("a", ApiType.GRPC)).addClusters(byFile);
    var proxy = new Proxy();

    assertThat(proxy.check(bootstrap)).isEmpty();
    proxy.advance(Duration.ofSeconds(1));

    assertThat(proxy.services).isEmpty();
    assertThat(proxy.stat("cluster.f.update_failure")).as("no file is read").isZero();
  }

  @Test
  void refusesAServiceThatCannotBeReached() {
    var bootstrap = bootstrap(ApiType.GRPC);
    bootstrap.getDynamicResourcesBuilder().setLdsConfig(from(ApiType.GRPC, "nowhere"));
    assertThat(new Proxy().startWithProblems(bootstrap))
        .singleElement()
        .satisfies(
            problem ->
                assertThat(problem.text())
                    .isEqualTo(
                        "bootstrap: dynamic_resources.lds_config: Unknown gRPC client cluster"
                            + " 'nowhere': it must be a static cluster of type STATIC with an"
                            + " endpoint"));
    var proxy = new Proxy().start(bootstrap(ApiType.GRPC));
    var clusters = proxy.service(Service.CLUSTERS);
    clusters.request();

    var bad = eds("bad", ApiType.GRPC).toBuilder();
    bad.getEdsClusterConfigBuilder().setEdsConfig(from(ApiType.GRPC, "nowhere"));
    clusters.respond(
        ResourceKind.CLUSTER, "1", bad.build(), Resources.staticCluster("s", 1).build());

    assertThat(clusters.request().getErrorDetail().getMessage())
        .isEqualTo(
            "Error adding/updating cluster(s) bad: Unknown gRPC client cluster 'nowhere': it must"
                + " be a static cluster of type STATIC with an endpoint");
    assertThat(List.copyOf(proxy.active().clusters().keySet())).contains("s").doesNotContain("bad");
  }

  @Test
  void asksNoMoreOftenThanItMay() { // X28
    var bootstrap = Proxy.dynamicBootstrap();
    bootstrap
        .getDynamicResourcesBuilder()
        .getAdsConfigBuilder()
        .getRateLimitSettingsBuilder()
        .setMaxTokens(Resources.number(2))
        .setFillRate(com.google.protobuf.DoubleValue.of(2));
    var proxy = new Proxy().start(bootstrap);
    var plane = proxy.controlPlane;
    plane.request(ResourceKind.CLUSTER);
    plane.respond(ResourceKind.CLUSTER, "1", Resources.staticCluster("s", 1).build());
    plane.request(ResourceKind.LISTENER);
    plane.expectSilence();
    assertThat(proxy.stat("control_plane.pending_requests")).isEqualTo(1);
    assertThat(proxy.stat("control_plane.rate_limit_enforced")).isEqualTo(1);

    proxy.advance(Duration.ofMillis(400));
    plane.expectSilence();
    proxy.advance(Duration.ofMillis(200));

    plane.request(ResourceKind.CLUSTER);
    assertThat(proxy.stat("control_plane.pending_requests")).isZero();
  }

  @Test
  void eachSubscriptionTellsOfItsConversationUnderItsOwnName() {
    var proxy = new Proxy().start(bootstrap(ApiType.GRPC));
    var clusters = proxy.service(Service.CLUSTERS);
    clusters.respond(ResourceKind.CLUSTER, "1", eds("a", ApiType.GRPC));
    var endpoints = proxy.service(Service.ENDPOINTS);
    assertThat(proxy.stat("cluster.a.control_plane.connected_state")).isZero();
    endpoints.connect();
    endpoints.respond(ResourceKind.ENDPOINTS, "1", Resources.endpoints("a", 7));
    assertThat(proxy.stat("cluster.a.control_plane.connected_state")).isEqualTo(1);
    assertThat(proxy.stat("cluster.a.control_plane.pending_requests")).isZero();
    assertThat(proxy.stat("cluster.a.control_plane.rate_limit_enforced")).isZero();

    var listeners = proxy.service(Service.LISTENERS);
    listeners.respond(
        ResourceKind.LISTENER, "1", Resources.listener("l", 10000, rds(ApiType.GRPC)).build());
    proxy.service(Service.ROUTES).connect();
    assertThat(proxy.stat("http.in.rds.r.control_plane.connected_state")).isEqualTo(1);
    assertThat(proxy.stat("listener_manager.lds.control_plane.connected_state")).isZero();

    endpoints.drop("gone");
    assertThat(proxy.stat("cluster.a.control_plane.connected_state")).isZero();
    clusters.respond(ResourceKind.CLUSTER, "2");

    assertThat(proxy.metrics.snapshot())
        .noneMatch(stat -> stat.name().startsWith("cluster.a.control_plane"));
  }

  @Test
  void clustersThatShareAConversationEachTellOfIt() {
    var proxy = new Proxy().start(bootstrap(ApiType.GRPC));
    var clusters = proxy.service(Service.CLUSTERS);
    var shared = eds("a", ApiType.GRPC).toBuilder();
    shared.getEdsClusterConfigBuilder().setServiceName("s");
    clusters.respond(
        ResourceKind.CLUSTER, "1", shared.build(), shared.clone().setName("b").build());
    proxy.service(Service.ENDPOINTS).connect();

    assertThat(proxy.stat("cluster.a.control_plane.connected_state")).isEqualTo(1);
    assertThat(proxy.stat("cluster.b.control_plane.connected_state")).isEqualTo(1);
    clusters.respond(ResourceKind.CLUSTER, "2", shared.clone().setName("b").build());

    assertThat(proxy.stat("cluster.b.control_plane.connected_state")).isEqualTo(1);
    assertThat(proxy.metrics.snapshot())
        .noneMatch(stat -> stat.name().startsWith("cluster.a.control_plane"));
  }
}
