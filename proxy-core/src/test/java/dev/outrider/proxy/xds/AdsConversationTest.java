package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import dev.outrider.proxy.xds.resource.FailedUpdate;
import dev.outrider.proxy.xds.resource.ResourceKey;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.config.cluster.v3.UpstreamConnectionOptions;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What goes over the wire, in which order, with which version and nonce. The ids are those of the
/// conformance list in the reference.
class AdsConversationTest {

  @Test
  void asksForClustersFirstWithTheNode() { // X01
    var proxy = new Proxy().start(Proxy.dynamicBootstrap());

    var request = proxy.controlPlane.request(ResourceKind.CLUSTER);

    assertThat(request.getNode().getId()).isEqualTo("n");
    assertThat(request.getNode().getCluster()).isEqualTo("c");
    assertThat(request.getVersionInfo()).isEmpty();
    assertThat(request.getResponseNonce()).isEmpty();
    assertThat(request.getResourceNamesList()).isEmpty();
    proxy.controlPlane.expectSilence();
  }

  @Test
  void asksInTheOrderOfEnvoy() {
    var proxy = new Proxy().start(Proxy.dynamicBootstrap());
    var plane = proxy.controlPlane;
    plane.request(ResourceKind.CLUSTER);

    var cds =
        plane.respond(
            ResourceKind.CLUSTER,
            "1",
            Resources.edsCluster("c0").build(),
            Resources.edsCluster("c1").build());
    assertThat(plane.request(ResourceKind.ENDPOINTS).getResourceNamesList())
        .containsExactlyInAnyOrder("c0", "c1");
    assertThat(plane.request(ResourceKind.CLUSTER).getResponseNonce()).isEqualTo(cds);
    plane.expectSilence();

    var eds =
        plane.respond(
            ResourceKind.ENDPOINTS,
            "1",
            Resources.endpoints("c0", 1),
            Resources.endpoints("c1", 2));
    assertThat(plane.request(ResourceKind.LISTENER).getResponseNonce()).isEmpty();
    assertThat(plane.request(ResourceKind.ENDPOINTS).getResponseNonce()).isEqualTo(eds);

    var lds =
        plane.respond(
            ResourceKind.LISTENER,
            "1",
            Resources.listener("l", 10000, Resources.rdsHcm("rc")).build());
    assertThat(plane.request(ResourceKind.ROUTES).getResourceNamesList()).containsExactly("rc");
    assertThat(plane.request(ResourceKind.LISTENER).getResponseNonce()).isEqualTo(lds);
    assertThat(proxy.initialised()).isFalse();

    var rds = plane.respond(ResourceKind.ROUTES, "1", Resources.routes("rc", "c0").build());
    var ack = plane.request(ResourceKind.ROUTES);
    assertThat(ack.getResponseNonce()).isEqualTo(rds);
    assertThat(ack.getVersionInfo()).isEqualTo("1");
    assertThat(proxy.initialised()).isTrue();
    plane.expectSilence();
  }

  @Test
  void acknowledgesMoreClustersWhenTheirEndpointsAreThere() {
    var proxy = Proxy.running();
    var plane = proxy.controlPlane;

    var cds =
        plane.respond(
            ResourceKind.CLUSTER,
            "2",
            Resources.edsCluster("a").build(),
            Resources.edsCluster("b").build(),
            Resources.edsCluster("more").build());
    plane.request(ResourceKind.ENDPOINTS);
    plane.expectSilence();

    plane.respond(ResourceKind.ENDPOINTS, "2", Resources.endpoints("more", 1));
    assertThat(plane.request(ResourceKind.CLUSTER).getResponseNonce()).isEqualTo(cds);
  }

  @Test
  void acknowledgesWithVersionAndNonceAndWithoutTheNode() { // X02
    var proxy = Proxy.running();

    var nonce =
        proxy.controlPlane.respond(ResourceKind.ROUTES, "2", Resources.routes("r", "b").build());

    var ack = proxy.controlPlane.request(ResourceKind.ROUTES);
    assertThat(ack.getVersionInfo()).isEqualTo("2");
    assertThat(ack.getResponseNonce()).isEqualTo(nonce);
    assertThat(ack.hasErrorDetail()).isFalse();
    assertThat(ack.hasNode()).isFalse();
  }

  @Test
  void sendsTheNodeWithEveryRequestUnlessToldOtherwise() {
    var bootstrap = Proxy.dynamicBootstrap();
    bootstrap
        .getDynamicResourcesBuilder()
        .getAdsConfigBuilder()
        .setSetNodeOnFirstMessageOnly(false);
    var proxy = new Proxy().start(bootstrap);
    proxy.controlPlane.request(ResourceKind.CLUSTER);

    proxy.controlPlane.respond(ResourceKind.CLUSTER, "1", Resources.staticCluster("s", 1).build());

    assertThat(proxy.controlPlane.request(ResourceKind.LISTENER).getNode().getId()).isEqualTo("n");
    assertThat(proxy.controlPlane.request(ResourceKind.CLUSTER).getNode().getId()).isEqualTo("n");
  }

  @Test
  void refusesABadClusterByNameAndFieldAndTakesTheGoodOnes() { // X03
    var proxy = Proxy.running();
    var plane = proxy.controlPlane;

    var nonce =
        plane.respond(
            ResourceKind.CLUSTER,
            "2",
            Resources.edsCluster("a").build(),
            Resources.edsCluster("b").build(),
            Resources.staticCluster("bad", 1)
                .setUpstreamConnectionOptions(
                    UpstreamConnectionOptions.newBuilder()
                        .setSetLocalInterfaceNameOnUpstreamConnections(true))
                .build(),
            Resources.staticCluster("good", 1).build());

    var nack = plane.request(ResourceKind.CLUSTER);
    assertThat(nack.getVersionInfo()).isEqualTo("1");
    assertThat(nack.getResponseNonce()).isEqualTo(nonce);
    assertThat(nack.getErrorDetail().getCode()).isEqualTo(Code.INTERNAL_VALUE);
    assertThat(nack.getErrorDetail().getMessage())
        .isEqualTo(
            "Error adding/updating cluster(s) bad: upstream_connection_options."
                + "set_local_interface_name_on_upstream_connections: is not supported");
    assertThat(proxy.active().clusters()).containsOnlyKeys("a", "b", "good", "xds");
    assertThat(proxy.configuration.failed(ResourceKind.CLUSTER))
        .containsExactly(
            Map.entry(
                new ResourceKey(ResourceKind.CLUSTER, "bad"),
                new FailedUpdate(
                    "2",
                    "upstream_connection_options."
                        + "set_local_interface_name_on_upstream_connections: is not supported",
                    proxy.clock.epochMicros())));
    plane.respond(ResourceKind.CLUSTER, "3", Resources.edsCluster("a").build());
    assertThat(proxy.configuration.failed(ResourceKind.CLUSTER)).isEmpty();
  }

  @Test
  void aNameThatNoHeaderHasIsRefusedAndTheOtherRoutesAreTaken() {
    var proxy = Proxy.running();
    var plane = proxy.controlPlane;
    plane.respond(
        ResourceKind.LISTENER,
        "2",
        Resources.listener("l", 10000, Resources.rdsHcm("r")).build(),
        Resources.listener("m", 10001, Resources.rdsHcm("s")).build());
    while (plane.hasRequests()) {
      plane.request();
    }
    var bad = Resources.routes("s", "a");
    bad.getVirtualHostsBuilder(0)
        .getRoutesBuilder(0)
        .getRouteBuilder()
        .setHostRewriteHeader("my header");

    var nonce =
        plane.respond(ResourceKind.ROUTES, "2", bad.build(), Resources.routes("r", "b").build());

    var nack = plane.request(ResourceKind.ROUTES);
    assertThat(nack.getResponseNonce()).isEqualTo(nonce);
    assertThat(nack.getErrorDetail().getMessage())
        .contains("route configuration 's'")
        .contains("route.host_rewrite_header: not a header name: 'my header'");
    assertThat(proxy.onlyChange().routes().updated()).containsOnlyKeys("r");
  }

  @Test
  void aParserThatFailsAtOnceIsARefusalOfThatResource() {
    var proxy = Proxy.running();
    var plane = proxy.controlPlane;
    proxy.filters.fails = true;

    var nonce =
        plane.respond(
            ResourceKind.LISTENER,
            "2",
            Resources.listener(
                    "bad",
                    10001,
                    Resources.rdsHcm("r")
                        .clearHttpFilters()
                        .addHttpFilters(Resources.filter("f", Proxy.SlowFilters.config()))
                        .addHttpFilters(Resources.router()))
                .build(),
            Resources.listener("l", 10002, Resources.rdsHcm("r")).build());

    var nack = plane.request(ResourceKind.LISTENER);
    assertThat(nack.getResponseNonce()).isEqualTo(nonce);
    assertThat(nack.getErrorDetail().getMessage())
        .contains("bad: ")
        .contains("internal error: java.lang.IllegalStateException: planted");
    assertThat(proxy.onlyChange().listeners().updated()).containsOnlyKeys("l");
  }

  @Test
  void movesTheVersionOnWhenARefusalIsMended() { // X04
    var proxy = Proxy.running();
    var plane = proxy.controlPlane;
    plane.respond(ResourceKind.ROUTES, "2", badRoutes());
    assertThat(plane.request(ResourceKind.ROUTES).getVersionInfo()).isEqualTo("1");

    plane.respond(ResourceKind.ROUTES, "3", Resources.routes("r", "b").build());

    var ack = plane.request(ResourceKind.ROUTES);
    assertThat(ack.getVersionInfo()).isEqualTo("3");
    assertThat(ack.hasErrorDetail()).isFalse();
  }

  @Test
  void acknowledgesWhatItHasAlreadyWithoutAChange() { // X05
    var proxy = Proxy.running();
    var plane = proxy.controlPlane;

    var nonce =
        plane.respond(
            ResourceKind.CLUSTER,
            "2",
            Resources.edsCluster("a").build(),
            Resources.edsCluster("b").build());

    var ack = plane.request(ResourceKind.CLUSTER);
    assertThat(ack.getResponseNonce()).isEqualTo(nonce);
    assertThat(ack.getVersionInfo()).isEqualTo("2");
    plane.expectSilence();
    assertThat(proxy.changes).isEmpty();
  }

  @Test
  void asksForMoreEndpointsInOneRequestWithTheLastVersionAndNonce() { // X06
    var proxy = Proxy.running();
    var plane = proxy.controlPlane;
    var nonce =
        plane.respond(
            ResourceKind.ENDPOINTS,
            "7",
            Resources.endpoints("a", 9001),
            Resources.endpoints("b", 9003));
    plane.request(ResourceKind.ENDPOINTS);

    plane.respond(
        ResourceKind.CLUSTER,
        "2",
        Resources.edsCluster("a").build(),
        Resources.edsCluster("b").build(),
        Resources.edsCluster("d").build(),
        Resources.edsCluster("e").build());

    var request = plane.request(ResourceKind.ENDPOINTS);
    assertThat(request.getResourceNamesList()).containsExactlyInAnyOrder("a", "b", "d", "e");
    assertThat(request.getVersionInfo()).isEqualTo("7");
    assertThat(request.getResponseNonce()).isEqualTo(nonce);
    plane.expectSilence();
  }

  @Test
  void answersAResponseThatCrossedARequestWithItsOwnNonce() { // X07
    var proxy = Proxy.running();
    var plane = proxy.controlPlane;
    plane.respond(
        ResourceKind.CLUSTER,
        "2",
        Resources.edsCluster("a").build(),
        Resources.edsCluster("b").build(),
        Resources.edsCluster("d").build());
    var hint = plane.request(ResourceKind.ENDPOINTS);

    // Sent before the control plane saw the hint: `d` is not in it.
    var crossing =
        plane.respond(
            ResourceKind.ENDPOINTS,
            "2",
            Resources.endpoints("a", 9001),
            Resources.endpoints("b", 9002));

    var ack = plane.request(ResourceKind.ENDPOINTS);
    assertThat(ack.getResponseNonce()).isEqualTo(crossing).isNotEqualTo(hint.getResponseNonce());
    assertThat(ack.getResourceNamesList()).containsExactlyInAnyOrder("a", "b", "d");
    plane.expectSilence();
  }

  @Test
  void refusesAResponseThatNamesAResourceTwiceAndTakesNeither() { // X08
    var proxy = Proxy.running();
    var plane = proxy.controlPlane;

    plane.respond(
        ResourceKind.CLUSTER,
        "2",
        Resources.edsCluster("a").build(),
        Resources.edsCluster("b").build(),
        Resources.staticCluster("twice", 1).build(),
        Resources.staticCluster("twice", 2).build());

    var nack = plane.request(ResourceKind.CLUSTER);
    assertThat(nack.getErrorDetail().getMessage())
        .isEqualTo("Error adding/updating cluster(s) twice: duplicate twice found");
    assertThat(proxy.active().clusters()).containsKeys("a", "b").doesNotContainKey("twice");
  }

  @Test
  void refusesAWholeResponseWithAResourceOfAnotherType() { // X09
    var proxy = Proxy.running();

    proxy.controlPlane.respondPacked(
        ResourceKind.CLUSTER.typeUrl(),
        "2",
        Any.pack(Resources.staticCluster("s", 1).build()),
        Any.pack(Resources.routes("r", "s").build()));

    var nack = proxy.controlPlane.request(ResourceKind.CLUSTER);
    assertThat(nack.getErrorDetail().getMessage())
        .contains("envoy.config.cluster.v3.Cluster")
        .contains("envoy.config.route.v3.RouteConfiguration");
    assertThat(proxy.active().clusters()).containsOnlyKeys("a", "b", "xds");
    assertThat(proxy.changes).isEmpty();
  }

  @Test
  void unpacksResourcesThatCarryTheirName() {
    var proxy = Proxy.running();
    var wrapper =
        io.envoyproxy.envoy.service.discovery.v3.Resource.newBuilder()
            .setName("r")
            .setVersion("7")
            .setResource(Any.pack(Resources.routes("r", "b").build()))
            .build();

    proxy.controlPlane.respondPacked(ResourceKind.ROUTES.typeUrl(), "2", Any.pack(wrapper));

    assertThat(proxy.controlPlane.request(ResourceKind.ROUTES).hasErrorDetail()).isFalse();
    assertThat(proxy.onlyChange().routes().updated()).containsOnlyKeys("r");
  }

  @Test
  void refusesALifetimeOfNothing() {
    var proxy = Proxy.running();
    var wrapper =
        io.envoyproxy.envoy.service.discovery.v3.Resource.newBuilder()
            .setName("r")
            .setTtl(Resources.seconds(0))
            .setResource(Any.pack(Resources.routes("r", "b").build()))
            .build();

    proxy.controlPlane.respondPacked(ResourceKind.ROUTES.typeUrl(), "2", Any.pack(wrapper));

    assertThat(proxy.controlPlane.request(ResourceKind.ROUTES).getErrorDetail().getMessage())
        .isEqualTo("resource 'r' has a ttl of 0 ns: it must be greater than 0");
  }

  @Test
  void ignoresATypeItDidNotAskFor() { // X10
    var proxy = Proxy.running();

    proxy.controlPlane.respondPacked("type.googleapis.com/envoy.service.runtime.v3.Runtime", "1");

    proxy.controlPlane.expectSilence();
    assertThat(proxy.controlPlane.connected()).isTrue();
  }

  @Test
  void acknowledgesAndIgnoresResourcesItDidNotAskFor() { // X11
    var proxy = Proxy.running();

    proxy.controlPlane.respond(
        ResourceKind.ROUTES,
        "2",
        Resources.routes("r", "b").build(),
        Resources.routes("stranger", "b").build());

    assertThat(proxy.controlPlane.request(ResourceKind.ROUTES).hasErrorDetail()).isFalse();
    assertThat(proxy.active().routes()).containsOnlyKeys("r");
  }

  @Test
  void removesAllDynamicClustersWithAnEmptyResponseAndKeepsStaticOnes() { // X12
    var bootstrap = Proxy.dynamicBootstrap();
    bootstrap.getStaticResourcesBuilder().addClusters(Resources.staticCluster("fixed", 1));
    var proxy = new Proxy().start(bootstrap);
    var plane = proxy.controlPlane;
    plane.respond(ResourceKind.CLUSTER, "1", Resources.staticCluster("s", 1).build());
    assertThat(proxy.active().clusters()).containsOnlyKeys("fixed", "s", "xds");
    proxy.changes.clear();

    plane.respond(ResourceKind.CLUSTER, "2");

    assertThat(proxy.active().clusters()).containsOnlyKeys("fixed", "xds");
    assertThat(proxy.onlyChange().clusters().removed()).containsExactly("s");
  }

  @Test
  void changesNothingOnEmptyEndpointsAndRoutes() { // X13
    var proxy = Proxy.running();

    proxy.controlPlane.respond(ResourceKind.ENDPOINTS, "2");
    proxy.controlPlane.respond(ResourceKind.ROUTES, "2");

    assertThat(proxy.controlPlane.request(ResourceKind.ENDPOINTS).getVersionInfo()).isEqualTo("2");
    assertThat(proxy.controlPlane.request(ResourceKind.ROUTES).getVersionInfo()).isEqualTo("2");
    assertThat(proxy.changes).isEmpty();
    assertThat(proxy.active().routes()).containsOnlyKeys("r");
    assertThat(proxy.endpoints("a").endpoints()).hasSize(1);
  }

  @Test
  void asksForEndpointsAgainWhenAClusterChanges() {
    var proxy = Proxy.running();
    var plane = proxy.controlPlane;

    plane.respond(
        ResourceKind.CLUSTER,
        "2",
        Resources.edsCluster("a").setConnectTimeout(Resources.seconds(2)).build(),
        Resources.edsCluster("b").build());

    var again = plane.request(ResourceKind.ENDPOINTS);
    assertThat(again.getResourceNamesList()).containsExactlyInAnyOrder("a", "b");
    assertThat(again.getVersionInfo()).isEqualTo("1");
    plane.expectSilence();
    plane.respond(
        ResourceKind.ENDPOINTS,
        "1",
        Resources.endpoints("a", 9001),
        Resources.endpoints("b", 9002));
    assertThat(plane.request(ResourceKind.CLUSTER).getVersionInfo()).isEqualTo("2");
    plane.request(ResourceKind.ENDPOINTS);
    plane.expectSilence();
  }

  @Test
  void stopsAskingForTheEndpointsOfAClusterThatIsGone() {
    var proxy = Proxy.running();

    proxy.controlPlane.respond(ResourceKind.CLUSTER, "2", Resources.edsCluster("a").build());

    assertThat(proxy.controlPlane.request(ResourceKind.ENDPOINTS).getResourceNamesList())
        .containsExactly("a");
    assertThat(proxy.controlPlane.request(ResourceKind.CLUSTER).getVersionInfo()).isEqualTo("2");
  }

  @Test
  void saysNoAtOnceWhileAnotherClusterIsWarming() {
    var proxy = Proxy.running();
    var plane = proxy.controlPlane;
    plane.respond(
        ResourceKind.CLUSTER,
        "2",
        Resources.edsCluster("a").build(),
        Resources.edsCluster("b").build(),
        Resources.edsCluster("slow").build());
    plane.request(ResourceKind.ENDPOINTS);
    plane.expectSilence();

    plane.respond(
        ResourceKind.CLUSTER,
        "3",
        Resources.edsCluster("a").build(),
        Resources.edsCluster("b").build(),
        Resources.edsCluster("slow").build(),
        Resources.staticCluster("bad", 70000).build());

    assertThat(plane.request(ResourceKind.CLUSTER).getErrorDetail().getMessage())
        .startsWith("Error adding/updating cluster(s) bad: ");
  }

  @Test
  void comesBackAfterAPauseThatGrowsToItsLimitAndStartsAgainWithTheFirstMessage() { // X17
    var proxy = Proxy.running();
    var plane = proxy.controlPlane;

    for (var bound : new long[] {500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000}) {
      var streams = plane.streams();
      plane.drop("connection reset");
      proxy.advance(Duration.ofMillis(bound - 50));
      assertThat(plane.streams()).as("before %s ms", bound).isEqualTo(streams);
      proxy.advance(Duration.ofMillis(60));
      assertThat(plane.streams()).as("after %s ms", bound).isEqualTo(streams + 1);
    }
    plane.respond(ResourceKind.ROUTES, "2", Resources.routes("r", "b").build());
    plane.drop("connection reset");
    proxy.advance(Duration.ofMillis(510));

    assertThat(plane.connected()).isTrue();
    assertThat(proxy.active().clusters()).containsOnlyKeys("a", "b", "xds");
    assertThat(proxy.active().listeners()).containsOnlyKeys("l");
  }

  @Test
  void asksAgainOnANewStreamWithVersionsAndNamesButWithoutNonces() { // X18
    var proxy = Proxy.running();
    var plane = proxy.controlPlane;
    plane.drop("gone");

    proxy.advance(Duration.ofSeconds(1));

    var cds = plane.request(ResourceKind.CLUSTER);
    assertThat(cds.getNode().getId()).isEqualTo("n");
    assertThat(cds.getVersionInfo()).isEqualTo("1");
    assertThat(cds.getResponseNonce()).isEmpty();
    var eds = plane.request(ResourceKind.ENDPOINTS);
    assertThat(eds.hasNode()).isFalse();
    assertThat(eds.getResourceNamesList()).containsExactlyInAnyOrder("a", "b");
    assertThat(eds.getVersionInfo()).isEqualTo("1");
    assertThat(eds.getResponseNonce()).isEmpty();
    assertThat(plane.request(ResourceKind.LISTENER).getVersionInfo()).isEqualTo("1");
    assertThat(plane.request(ResourceKind.ROUTES).getResourceNamesList()).containsExactly("r");
    plane.expectSilence();
  }

  @Test
  void asksForClustersOnANewStreamEvenWhileSomeAreWarming() {
    var proxy = Proxy.running();
    var plane = proxy.controlPlane;
    plane.respond(ResourceKind.CLUSTER, "2", Resources.edsCluster("slow").build());
    plane.drop("gone");

    proxy.advance(Duration.ofSeconds(1));

    assertThat(plane.request(ResourceKind.CLUSTER).getVersionInfo()).isEqualTo("2");
  }

  @Test
  void doesNotAskForAllEndpointsOnANewStreamWhenItNeedsNone() {
    var proxy = Proxy.running();
    var plane = proxy.controlPlane;
    plane.respond(ResourceKind.CLUSTER, "2");
    plane.drop("gone");

    proxy.advance(Duration.ofSeconds(1));

    plane.request(ResourceKind.CLUSTER);
    plane.request(ResourceKind.LISTENER);
    plane.request(ResourceKind.ROUTES);
    plane.expectSilence();
  }

  @Test
  void cutsALongErrorText() { // X36
    var proxy = Proxy.running();

    proxy.controlPlane.respond(
        ResourceKind.CLUSTER, "2", Resources.staticCluster("x".repeat(5_000), 70_000).build());

    proxy.controlPlane.request(ResourceKind.ENDPOINTS);
    assertThat(proxy.controlPlane.request(ResourceKind.CLUSTER).getErrorDetail().getMessage())
        .hasSize(4096 + "...(truncated)".length())
        .endsWith("x...(truncated)");
  }

  @Test
  void waitsLongerEachTimeTheSameAnswerIsRefusedAgain() {
    var proxy = Proxy.running();
    var plane = proxy.controlPlane;
    plane.respond(ResourceKind.ROUTES, "2", badRoutes());
    plane.request(ResourceKind.ROUTES);

    for (var delay : new long[] {500, 1_000, 2_000}) {
      var nonce = plane.respond(ResourceKind.ROUTES, "2", badRoutes());
      plane.expectSilence();
      proxy.advance(Duration.ofMillis(delay - 50));
      plane.expectSilence();
      proxy.advance(Duration.ofMillis(60));
      var nack = plane.request(ResourceKind.ROUTES);
      assertThat(nack.getResponseNonce()).isEqualTo(nonce);
      assertThat(nack.hasErrorDetail()).isTrue();
    }
    plane.respond(ResourceKind.ROUTES, "2", badRoutes());
    plane.respond(ResourceKind.ROUTES, "3", Resources.routes("r", "b").build());

    assertThat(plane.request(ResourceKind.ROUTES).getVersionInfo()).isEqualTo("3");
  }

  @Test
  void worksOnOneResponseOfATypeAfterTheOther() {
    var proxy = Proxy.running();
    var plane = proxy.controlPlane;
    var slow =
        Resources.hcm()
            .clearHttpFilters()
            .addHttpFilters(Resources.filter("f", Proxy.SlowFilters.config("slow")))
            .addHttpFilters(Resources.router())
            .setRds(Resources.rdsHcm("r").getRds());
    var first =
        plane.respond(ResourceKind.LISTENER, "2", Resources.listener("l", 10000, slow).build());
    var second =
        plane.respond(
            ResourceKind.LISTENER,
            "3",
            Resources.listener("l", 10000, Resources.rdsHcm("r")).build());
    plane.expectSilence();

    // Other types go on meanwhile.
    plane.respond(ResourceKind.ROUTES, "2", Resources.routes("r", "b").build());
    plane.request(ResourceKind.ROUTES);
    proxy
        .filters
        .waiting
        .getFirst()
        .complete(dev.outrider.proxy.extension.Parsed.valid(Proxy.SlowFilters.factory()));
    proxy.loop.runTasks();

    assertThat(plane.request(ResourceKind.LISTENER).getResponseNonce()).isEqualTo(first);
    assertThat(plane.request(ResourceKind.LISTENER).getResponseNonce()).isEqualTo(second);
    assertThat(Resources.http(proxy.listener("l").chains().all().getFirst()).filters().usual())
        .isEmpty();
  }

  @Test
  void refusesAFilterThatNobodyKnowsAndSkipsAnOptionalOne() { // X30
    var proxy = Proxy.running();
    var plane = proxy.controlPlane;
    var unknown = Resources.filter("mystery", Resources.endpoints("x", 1));
    var hcm =
        Resources.rdsHcm("r")
            .clearHttpFilters()
            .addHttpFilters(unknown)
            .addHttpFilters(Resources.router());

    plane.respond(ResourceKind.LISTENER, "2", Resources.listener("l", 10000, hcm).build());
    assertThat(plane.request(ResourceKind.LISTENER).getErrorDetail().getMessage())
        .isEqualTo(
            "Error adding/updating listener(s) l:"
                + " filter_chains[0].filters[0].typed_config.http_filters[0].typed_config: Didn't"
                + " find a registered implementation for 'mystery' with type URL:"
                + " 'envoy.config.endpoint.v3.ClusterLoadAssignment'\n");

    hcm.setHttpFilters(0, unknown.toBuilder().setIsOptional(true));
    plane.respond(ResourceKind.LISTENER, "3", Resources.listener("l", 10000, hcm).build());
    assertThat(plane.request(ResourceKind.LISTENER).hasErrorDetail()).isFalse();
  }

  @Test
  void showsTheStateOfTheConversationInStatistics() {
    var proxy = Proxy.running();
    var plane = proxy.controlPlane;
    plane.connect();
    assertThat(proxy.stat("control_plane.connected_state")).isEqualTo(1);

    plane.respond(ResourceKind.ROUTES, "4", Resources.routes("r", "b").build());
    plane.respond(ResourceKind.ROUTES, "5", badRoutes());

    assertThat(proxy.stat("http.in.rds.r.update_attempt")).isEqualTo(4);
    assertThat(proxy.stat("http.in.rds.r.update_success")).isEqualTo(2);
    assertThat(proxy.stat("http.in.rds.r.update_rejected")).isEqualTo(1);
    assertThat(proxy.stat("http.in.rds.r.config_reload")).isEqualTo(2);
    assertThat(Long.toUnsignedString(proxy.stat("http.in.rds.r.version")))
        .isEqualTo("10464417414901951369");
    assertThat(proxy.stat("cluster_manager.cds.update_success")).isEqualTo(1);
    assertThat(proxy.stat("listener_manager.lds.update_success")).isEqualTo(1);
    assertThat(proxy.stat("cluster.a.update_success")).isEqualTo(1);
    assertThat(proxy.stat("cluster_manager.active_clusters")).isEqualTo(3);
    assertThat(proxy.stat("listener_manager.total_listeners_active")).isEqualTo(1);

    plane.drop("gone");
    assertThat(proxy.stat("control_plane.connected_state")).isZero();
    assertThat(proxy.stat("cluster_manager.cds.update_failure")).isEqualTo(1);
  }

  private static io.envoyproxy.envoy.config.route.v3.RouteConfiguration badRoutes() {
    return Resources.routes("r", "a").addVirtualHosts(Resources.host("again", "*", "a")).build();
  }
}
