package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import dev.outrider.proxy.xds.resource.Held;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What goes over the wire of a delta stream. The ids are those of the conformance list in the
/// reference.
class DeltaConversationTest {

  private static Message cluster(String name) {
    return Resources.edsCluster(name).build();
  }

  @Test
  void asksInTheOrderOfEnvoy() { // X01, X02
    var proxy = new Proxy().start(Proxy.deltaBootstrap());
    var plane = proxy.controlPlane;
    var first = plane.deltaRequest(ResourceKind.CLUSTER);
    assertThat(first.getNode().getId()).isEqualTo("n");
    assertThat(first)
        .isEqualTo(
            DeltaDiscoveryRequest.newBuilder()
                .setNode(first.getNode())
                .setTypeUrl(ResourceKind.CLUSTER.typeUrl())
                .build());

    var cds =
        plane.change(ResourceKind.CLUSTER, "1", Map.of("c0", cluster("c0"), "c1", cluster("c1")));
    var asked = plane.deltaRequest(ResourceKind.ENDPOINTS);
    assertThat(asked.getResourceNamesSubscribeList()).containsExactlyInAnyOrder("c0", "c1");
    assertThat(asked.hasNode()).isFalse();
    assertThat(asked.getResponseNonce()).isEmpty();
    assertThat(plane.deltaRequest(ResourceKind.CLUSTER))
        .isEqualTo(acknowledgement(ResourceKind.CLUSTER, cds));
    plane.expectSilence();

    var eds =
        plane.change(
            ResourceKind.ENDPOINTS,
            "1",
            Map.of("c0", Resources.endpoints("c0", 1), "c1", Resources.endpoints("c1", 2)));
    assertThat(plane.deltaRequest(ResourceKind.LISTENER).getResponseNonce()).isEmpty();
    assertThat(plane.deltaRequest(ResourceKind.ENDPOINTS))
        .isEqualTo(acknowledgement(ResourceKind.ENDPOINTS, eds));

    plane.change(
        ResourceKind.LISTENER,
        "1",
        Map.of("l", Resources.listener("l", 10000, Resources.rdsHcm("rc")).build()));
    assertThat(plane.deltaRequest(ResourceKind.ROUTES).getResourceNamesSubscribeList())
        .containsExactly("rc");
    plane.deltaRequest(ResourceKind.LISTENER);
    plane.change(ResourceKind.ROUTES, "1", Map.of("rc", Resources.routes("rc", "c0").build()));
    plane.deltaRequest(ResourceKind.ROUTES);
    plane.expectSilence();
    assertThat(proxy.initialised()).isTrue();
  }

  private static DeltaDiscoveryRequest acknowledgement(ResourceKind kind, String nonce) {
    return DeltaDiscoveryRequest.newBuilder()
        .setTypeUrl(kind.typeUrl())
        .setResponseNonce(nonce)
        .build();
  }

  @Test
  void refusesABadClusterByNameAndTakesTheGoodOnes() { // X03, X04
    var proxy = Proxy.runningOnDelta();
    var plane = proxy.controlPlane;

    var nonce =
        plane.change(
            ResourceKind.CLUSTER,
            "2",
            Map.of(
                "bad",
                Resources.staticCluster("bad", 70_000).build(),
                "good",
                Resources.staticCluster("good", 1).build()));

    var nack = plane.deltaRequest(ResourceKind.CLUSTER);
    assertThat(nack.getResponseNonce()).isEqualTo(nonce);
    assertThat(nack.getErrorDetail().getCode()).isEqualTo(Code.INTERNAL_VALUE);
    assertThat(nack.getErrorDetail().getMessage())
        .startsWith("Error adding/updating cluster(s) bad: ");
    assertThat(proxy.active().clusters()).containsOnlyKeys("xds", "a", "b", "good");

    plane.change(
        ResourceKind.CLUSTER, "3", Map.of("bad", Resources.staticCluster("bad", 7).build()));
    assertThat(plane.deltaRequest(ResourceKind.CLUSTER).hasErrorDetail()).isFalse();
    assertThat(proxy.active().clusters()).containsKey("bad");
  }

  @Test
  void asksOnlyForWhatIsNewAndSaysWhatIsNoLongerWanted() { // X06
    var proxy = Proxy.runningOnDelta();
    var plane = proxy.controlPlane;

    plane.change(ResourceKind.CLUSTER, "2", Map.of("c", cluster("c")), "b");

    var asked = plane.deltaRequest(ResourceKind.ENDPOINTS);
    assertThat(asked.getResourceNamesSubscribeList()).containsExactly("c");
    assertThat(asked.getResourceNamesUnsubscribeList()).containsExactly("b");
    assertThat(asked.getInitialResourceVersionsMap()).isEmpty();
    assertThat(proxy.active().clusters()).containsOnlyKeys("xds", "a");
  }

  @Test
  void aClusterThatChangesGoesOnWithTheEndpointsItHas() { // X16
    var proxy = Proxy.runningOnDelta();
    var plane = proxy.controlPlane;

    plane.change(
        ResourceKind.CLUSTER,
        "2",
        Map.of(
            "a",
            Resources.edsCluster("a")
                .setConnectTimeout(Duration.newBuilder().setSeconds(9))
                .build()));

    assertThat(proxy.cluster("a").connections().connectTimeout())
        .isEqualTo(java.time.Duration.ofSeconds(9));
    assertThat(proxy.endpoints("a").endpoints()).hasSize(1);
    plane.deltaRequest(ResourceKind.CLUSTER);
    plane.expectSilence();
  }

  @Test
  void refusesAResponseThatNamesAResourceTwice() { // X08
    var proxy = Proxy.runningOnDelta();
    var plane = proxy.controlPlane;

    plane.change(
        ResourceKind.CLUSTER,
        "2",
        DeltaDiscoveryResponse.newBuilder()
            .addResources(resource("d", "2", Any.pack(cluster("d"))))
            .addResources(resource("d", "2", Any.pack(cluster("d")))));
    assertThat(plane.deltaRequest(ResourceKind.CLUSTER).getErrorDetail().getMessage())
        .isEqualTo("duplicate name d found among added/updated resources");

    plane.change(ResourceKind.CLUSTER, "3", Map.of("a", cluster("a")), "a");
    assertThat(plane.deltaRequest(ResourceKind.CLUSTER).getErrorDetail().getMessage())
        .isEqualTo("duplicate name a found in the union of added+removed resources");
    assertThat(proxy.active().clusters()).containsOnlyKeys("xds", "a", "b");
  }

  private static Resource resource(String name, String version, Any body) {
    return Resource.newBuilder().setName(name).setVersion(version).setResource(body).build();
  }

  @Test
  void refusesALifetimeOfNothing() {
    var proxy = Proxy.runningOnDelta();

    proxy.controlPlane.change(
        ResourceKind.CLUSTER,
        "2",
        DeltaDiscoveryResponse.newBuilder()
            .addResources(
                resource("d", "2", Any.pack(cluster("d"))).toBuilder()
                    .setTtl(Duration.newBuilder().setSeconds(-1))));

    assertThat(proxy.controlPlane.deltaRequest(ResourceKind.CLUSTER).getErrorDetail().getMessage())
        .isEqualTo("resource 'd' has a ttl of -1000000000 ns: it must be greater than 0");
  }

  @Test
  void refusesAWholeResponseWithAResourceOfAnotherType() { // X09
    var proxy = Proxy.runningOnDelta();

    proxy.controlPlane.change(
        ResourceKind.CLUSTER,
        "2",
        Map.of("d", cluster("d"), "r", Resources.routes("r", "a").build()));

    assertThat(proxy.controlPlane.deltaRequest(ResourceKind.CLUSTER).hasErrorDetail()).isTrue();
    assertThat(proxy.active().clusters()).containsOnlyKeys("xds", "a", "b");
  }

  @Test
  void asksAgainOnANewStreamForAllWithTheVersionsItHas() { // X17, X19
    var proxy = Proxy.runningOnDelta();
    var plane = proxy.controlPlane;
    plane.change(
        ResourceKind.CLUSTER, "2", Map.of("bad", Resources.staticCluster("bad", 70_000).build()));

    plane.drop("gone");
    proxy.advance(java.time.Duration.ofMillis(500));

    var clusters = plane.deltaRequest(ResourceKind.CLUSTER);
    assertThat(clusters.hasNode()).isTrue();
    assertThat(clusters.hasErrorDetail()).isFalse();
    assertThat(clusters.getResponseNonce()).isEmpty();
    assertThat(clusters.getResourceNamesSubscribeList()).isEmpty();
    assertThat(clusters.getInitialResourceVersionsMap())
        .containsExactlyInAnyOrderEntriesOf(Map.of("a", "1", "b", "1"));
    var endpoints = plane.deltaRequest(ResourceKind.ENDPOINTS);
    assertThat(endpoints.getResourceNamesSubscribeList()).containsExactlyInAnyOrder("a", "b");
    assertThat(endpoints.getInitialResourceVersionsMap())
        .containsExactlyInAnyOrderEntriesOf(Map.of("a", "1", "b", "1"));
    plane.deltaRequest(ResourceKind.LISTENER);
    plane.deltaRequest(ResourceKind.ROUTES);
    plane.expectSilence();
  }

  @Test
  void doesNotClaimToHoldWhatCameInARefusedResponse() {
    var proxy = Proxy.runningOnDelta();
    var plane = proxy.controlPlane;
    plane.change(
        ResourceKind.CLUSTER,
        "2",
        Map.of(
            "a",
            Resources.staticCluster("a", 1).build(),
            "bad",
            Resources.staticCluster("bad", 70_000).build()),
        "b");
    assertThat(proxy.active().clusters()).containsOnlyKeys("xds", "a");

    plane.drop("gone");
    proxy.advance(java.time.Duration.ofMillis(500));

    assertThat(plane.deltaRequest(ResourceKind.CLUSTER).getInitialResourceVersionsMap()).isEmpty();
  }

  @Test
  void keepsEndpointsThatTheControlPlaneTakesAway() { // X22
    var proxy = Proxy.runningOnDelta();

    var nonce = proxy.controlPlane.change(ResourceKind.ENDPOINTS, "2", Map.of(), "a");

    assertThat(proxy.controlPlane.deltaRequest(ResourceKind.ENDPOINTS))
        .isEqualTo(acknowledgement(ResourceKind.ENDPOINTS, nonce));
    assertThat(proxy.endpoints("a").endpoints()).hasSize(1);
    assertThat(proxy.changes).isEmpty();
  }

  @Test
  void doesNotWaitForEndpointsThatTheControlPlaneDoesNotHave() {
    var proxy = Proxy.runningOnDelta();
    proxy.controlPlane.change(ResourceKind.CLUSTER, "2", Map.of("c", cluster("c")));
    assertThat(proxy.active().clusters()).doesNotContainKey("c");

    proxy.controlPlane.change(ResourceKind.ENDPOINTS, "2", Map.of(), "c");

    assertThat(proxy.endpoints("c").endpoints()).isEmpty();
  }

  @Test
  void removesClustersAndListenersThatTheControlPlaneTakesAwayAndKeepsStaticOnes() { // X23
    var proxy = Proxy.runningOnDelta();

    proxy.controlPlane.change(ResourceKind.CLUSTER, "2", Map.of(), "b", "xds", "nobody");
    proxy.controlPlane.change(ResourceKind.LISTENER, "2", Map.of(), "l");

    assertThat(proxy.active().clusters()).containsOnlyKeys("xds", "a");
    assertThat(proxy.active().listeners()).isEmpty();
    assertThat(proxy.stat("cluster_manager.cluster_removed")).isEqualTo(1);
  }

  @Test
  void keepsTheVersionOfEachResource() {
    var proxy = Proxy.runningOnDelta();

    proxy.controlPlane.change(
        ResourceKind.CLUSTER, "7", Map.of("c", Resources.staticCluster("c", 1).build()));

    assertThat(proxy.configuration.held().clusters())
        .filteredOn(held -> held.value().cluster().addedViaApi())
        .extracting(Held::version)
        .containsExactlyInAnyOrder("1", "1", "7");
    assertThat(proxy.configuration.version(ResourceKind.CLUSTER)).isEqualTo("s7");
  }

  @Test
  void touchesWhatChangedAmongManyAndNothingElse() { // X33
    var proxy = Proxy.runningOnDelta();
    var many = new LinkedHashMap<String, Message>();
    IntStream.range(0, 1_000)
        .forEach(i -> many.put("m" + i, Resources.staticCluster("m" + i, 1).build()));
    proxy.controlPlane.change(ResourceKind.CLUSTER, "2", many);
    proxy.changes.clear();

    proxy.controlPlane.change(
        ResourceKind.CLUSTER, "3", Map.of("m7", Resources.staticCluster("m7", 2).build()));

    var change = proxy.onlyChange();
    assertThat(change.clusters().updated()).containsOnlyKeys("m7");
    assertThat(change.clusters().removed()).isEmpty();
  }
}
