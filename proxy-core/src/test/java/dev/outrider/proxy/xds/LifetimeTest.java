package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Resources that hold for a time only, in both protocols (X27).
class LifetimeTest {
  private static final Duration ALMOST = Duration.ofMillis(4_900);
  private static final Duration REST = Duration.ofMillis(200);

  private static Resource lasting(String name, Message message) {
    return beat(name, "2").toBuilder().setResource(Any.pack(message)).build();
  }

  /// Says only that what is held of it is still valid, in the words of servers of the state of the
  /// world: without a version.
  private static Resource beat(String name) {
    return Resource.newBuilder().setName(name).setTtl(Resources.seconds(5)).build();
  }

  /// Says only that version `version` is still valid.
  private static Resource beat(String name, String version) {
    return beat(name).toBuilder().setVersion(version).build();
  }

  private static Message cluster(String name) {
    return Resources.staticCluster(name, 1).build();
  }

  private static void all(Proxy proxy, String version, Resource... resources) {
    var packed = new Any[resources.length];
    for (var i = 0; i < resources.length; i++) {
      packed[i] = Any.pack(resources[i]);
    }
    proxy.controlPlane.respondPacked(ResourceKind.CLUSTER.typeUrl(), version, packed);
    var answer = proxy.controlPlane.request();
    while (!answer.getTypeUrl().equals(ResourceKind.CLUSTER.typeUrl())) {
      answer = proxy.controlPlane.request(); // endpoints that are not needed any more
    }
    assertThat(answer.hasErrorDetail()).isFalse();
  }

  private static void changed(Proxy proxy, ResourceKind kind, Resource resource) {
    proxy.controlPlane.change(
        kind, "2", DeltaDiscoveryResponse.newBuilder().addResources(resource));
    assertThat(proxy.controlPlane.deltaRequest(kind).hasErrorDetail()).isFalse();
  }

  private static Proxy withShortLivedCluster() {
    var proxy = Proxy.running();
    all(
        proxy,
        "2",
        lasting("short", cluster("short")),
        Resource.newBuilder().setName("long").setResource(Any.pack(cluster("long"))).build());
    while (proxy.controlPlane.hasRequests()) {
      proxy.controlPlane.request();
    }
    proxy.changes.clear();
    return proxy;
  }

  private static Proxy withShortLivedClusterOverDelta() {
    var proxy = Proxy.runningOnDelta();
    changed(proxy, ResourceKind.CLUSTER, lasting("short", cluster("short")));
    proxy.changes.clear();
    return proxy;
  }

  @Test
  void losesAClusterThatIsNotSentAgainInTime() { // X27
    var proxy = withShortLivedCluster();

    proxy.advance(ALMOST);
    assertThat(proxy.active().clusters()).containsKey("short");
    proxy.advance(REST);

    assertThat(proxy.active().clusters()).containsOnlyKeys("long", "xds");
    assertThat(proxy.onlyChange().clusters().removed()).containsExactly("short");
    assertThat(proxy.configuration.version(ResourceKind.CLUSTER)).isEqualTo("2");
    proxy.controlPlane.expectSilence();
  }

  @Test
  void keepsItWithAHeartbeatAndBuildsNothing() { // X27
    var proxy = withShortLivedCluster();

    proxy.advance(ALMOST);
    all(proxy, "2", beat("short"));
    proxy.advance(ALMOST);

    assertThat(proxy.active().clusters()).containsOnlyKeys("long", "short", "xds");
    assertThat(proxy.changes).isEmpty();
    proxy.advance(REST);
    assertThat(proxy.active().clusters()).doesNotContainKey("short");
  }

  @Test
  void aHeartbeatAmongResourcesCountsAsOneOfThem() { // X27
    var proxy = withShortLivedCluster();

    all(proxy, "2", beat("short"), lasting("new", cluster("new")));

    assertThat(proxy.active().clusters()).containsOnlyKeys("short", "new", "xds");
  }

  @Test
  void holdsForGoodWhenItComesWithoutALifetime() { // X27
    var proxy = withShortLivedCluster();

    proxy.controlPlane.respond(ResourceKind.CLUSTER, "3", cluster("short"));
    proxy.advance(Duration.ofSeconds(60));

    assertThat(proxy.active().clusters()).containsOnlyKeys("short", "xds");
  }

  @Test
  void refusesAHeartbeatInAResponseOfAVersionThatIsNotHeld() { // X27
    var proxy = withShortLivedCluster();

    proxy.controlPlane.respondPacked(
        ResourceKind.CLUSTER.typeUrl(), "3", Any.pack(beat("short", "2")));

    assertThat(proxy.controlPlane.request(ResourceKind.CLUSTER).hasErrorDetail()).isTrue();
    assertThat(proxy.active().clusters()).containsKeys("short", "long");
  }

  @Test
  void aLifetimeOfTenThousandYearsDoesNotEndNowNorHideAnother() { // X27
    var proxy = withShortLivedCluster();
    var longest = com.google.protobuf.Duration.newBuilder().setSeconds(315_576_000_000L);

    all(
        proxy,
        "3",
        lasting("short", cluster("short")),
        lasting("ages", cluster("ages")).toBuilder().setTtl(longest.setNanos(1)).build());
    proxy.advance(Duration.ofSeconds(6));

    assertThat(proxy.active().clusters()).containsOnlyKeys("ages", "xds");
  }

  @Test
  void routesStayWhenTheirTimeIsOver() { // X27
    var proxy = Proxy.running();
    proxy.controlPlane.respondPacked(
        ResourceKind.ROUTES.typeUrl(),
        "2",
        Any.pack(lasting("r", Resources.routes("r", "b").build())));
    proxy.changes.clear();

    proxy.advance(Duration.ofSeconds(6));

    assertThat(proxy.active().routes()).containsKey("r");
    assertThat(proxy.changes).isEmpty();
  }

  @Test
  void outlivesTheStream() { // X27
    var proxy = withShortLivedCluster();

    proxy.controlPlane.drop("gone");
    proxy.advance(ALMOST);
    assertThat(proxy.active().clusters()).containsKey("short");
    proxy.advance(REST);

    assertThat(proxy.active().clusters()).doesNotContainKey("short");
  }

  @Test
  void deltaLosesAndKeepsInTheSameWay() { // X27
    var proxy = withShortLivedClusterOverDelta();

    proxy.advance(ALMOST);
    changed(proxy, ResourceKind.CLUSTER, beat("short", "2"));
    proxy.advance(ALMOST);
    assertThat(proxy.active().clusters()).containsKey("short");
    assertThat(proxy.changes).isEmpty();
    proxy.advance(REST);

    assertThat(proxy.active().clusters()).containsOnlyKeys("a", "b", "xds");
  }

  @Test
  void deltaAsksAnewForWhatWasLost() { // X27
    var proxy = withShortLivedClusterOverDelta();
    proxy.advance(Duration.ofSeconds(6));

    proxy.controlPlane.drop("gone");
    proxy.advance(Duration.ofSeconds(1));

    assertThat(
            proxy.controlPlane.deltaRequest(ResourceKind.CLUSTER).getInitialResourceVersionsMap())
        .containsOnlyKeys("a", "b");
  }
}
