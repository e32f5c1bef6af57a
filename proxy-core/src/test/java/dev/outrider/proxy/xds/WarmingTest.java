package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.BoolValue;
import com.google.protobuf.Message;
import dev.outrider.proxy.config.HttpFilterEntry;
import dev.outrider.proxy.xds.resource.ResourceKind;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// When a resource starts to serve, and what serves until then.
class WarmingTest {
  private final Proxy proxy = Proxy.running();
  private final FakeControlPlane plane = proxy.controlPlane;

  private void clusters(String version, Message... clusters) {
    plane.respond(ResourceKind.CLUSTER, version, clusters);
  }

  @Test
  void publishesAClusterTogetherWithItsEndpoints() {
    clusters(
        "2",
        Resources.edsCluster("a").build(),
        Resources.edsCluster("b").build(),
        Resources.edsCluster("d").build());
    assertThat(proxy.changes).isEmpty();

    plane.respond(ResourceKind.ENDPOINTS, "2", Resources.endpoints("d", 9009));

    var change = proxy.onlyChange();
    assertThat(change.clusters().updated()).containsOnlyKeys("d");
    assertThat(change.endpoints().updated()).containsOnlyKeys("d");
    assertThat(change.listeners().isEmpty()).isTrue();
  }

  @Test
  void servesTheOldClusterUntilItsEndpointsCameAgain() { // X16
    var old = proxy.cluster("a");
    clusters(
        "2",
        Resources.edsCluster("a").setConnectTimeout(Resources.seconds(9)).build(),
        Resources.edsCluster("b").build());

    assertThat(proxy.cluster("a")).isSameAs(old);
    assertThat(proxy.stat("cluster_manager.warming_clusters")).isEqualTo(1);
    plane.respond(
        ResourceKind.ENDPOINTS,
        "1",
        Resources.endpoints("a", 9001),
        Resources.endpoints("b", 9002));

    assertThat(proxy.onlyChange().clusters().updated()).containsOnlyKeys("a");
    assertThat(proxy.cluster("a").connections().connectTimeout()).isEqualTo(Duration.ofSeconds(9));
    assertThat(proxy.stat("cluster_manager.warming_clusters")).isZero();
  }

  @Test
  void goesOnWithTheEndpointsItHasIfNoFreshOnesComeInTime() {
    var endpoints = proxy.endpoints("a");
    clusters(
        "2",
        Resources.edsCluster("a").setConnectTimeout(Resources.seconds(9)).build(),
        Resources.edsCluster("b").build());

    proxy.advance(Duration.ofMillis(15_100));

    assertThat(proxy.cluster("a").connections().connectTimeout()).isEqualTo(Duration.ofSeconds(9));
    assertThat(proxy.endpoints("a")).isSameAs(endpoints);
  }

  @Test
  void letsAClusterStartWithoutEndpointsAfterItsTimeout() { // X14
    clusters(
        "2",
        Resources.edsCluster("a").build(),
        Resources.edsCluster("b").build(),
        Resources.edsCluster("d").build());
    proxy.advance(Duration.ofMillis(14_900));
    assertThat(proxy.active().clusters()).doesNotContainKey("d");

    proxy.advance(Duration.ofMillis(200));

    assertThat(proxy.active().clusters()).containsKey("d");
    assertThat(proxy.endpoints("d").endpoints()).isEmpty();
  }

  @Test
  void letsAClusterWaitForEverIfItsTimeoutIsZero() { // X14
    var patient = Resources.edsCluster("d");
    patient
        .getEdsClusterConfigBuilder()
        .getEdsConfigBuilder()
        .setInitialFetchTimeout(Resources.seconds(0));
    clusters(
        "2", Resources.edsCluster("a").build(), Resources.edsCluster("b").build(), patient.build());

    proxy.advance(Duration.ofHours(1));

    assertThat(proxy.active().clusters()).doesNotContainKey("d");
  }

  @Test
  void letsAListenerStartWithoutRoutesAfterItsTimeout() { // X14
    plane.respond(
        ResourceKind.LISTENER,
        "2",
        Resources.listener("l", 10000, Resources.rdsHcm("r")).build(),
        Resources.listener("m", 10001, Resources.rdsHcm("late")).build());
    assertThat(proxy.active().listeners()).containsOnlyKeys("l");
    assertThat(proxy.stat("listener_manager.total_listeners_warming")).isEqualTo(1);

    proxy.advance(Duration.ofMillis(15_100));

    assertThat(proxy.active().listeners()).containsOnlyKeys("l", "m");
    assertThat(proxy.stat("http.in.rds.late.init_fetch_timeout")).isEqualTo(1);
  }

  @Test
  void startsAListenerAtOnceWhoseRoutesAreKnown() {
    plane.respond(
        ResourceKind.LISTENER,
        "2",
        Resources.listener("l", 10000, Resources.rdsHcm("r")).build(),
        Resources.listener("m", 10001, Resources.rdsHcm("r")).build());

    assertThat(proxy.onlyChange().listeners().updated()).containsOnlyKeys("m");
    assertThat(plane.request(ResourceKind.LISTENER).getVersionInfo()).isEqualTo("2");
    plane.expectSilence();
  }

  @Test
  void replacesAWarmingListenerByANewerOneWhileTheOldOneServes() { // X15
    var old = proxy.listener("l");
    plane.respond(
        ResourceKind.LISTENER, "2", Resources.listener("l", 10000, Resources.rdsHcm("x")).build());
    plane.respond(
        ResourceKind.LISTENER, "3", Resources.listener("l", 10000, Resources.rdsHcm("y")).build());
    assertThat(proxy.listener("l")).isSameAs(old);

    plane.respond(ResourceKind.ROUTES, "2", Resources.routes("x", "a").build());
    assertThat(proxy.listener("l")).isSameAs(old);
    plane.respond(ResourceKind.ROUTES, "3", Resources.routes("y", "a").build());

    assertThat(proxy.listener("l")).isNotSameAs(old);
    assertThat(proxy.active().routes()).containsOnlyKeys("y");
    assertThat(proxy.stat("listener_manager.listener_in_place_updated")).isEqualTo(1);
  }

  @Test
  void goesBackToWhatServesWithoutWarming() {
    var old = proxy.listener("l");
    plane.respond(
        ResourceKind.LISTENER, "2", Resources.listener("l", 10000, Resources.rdsHcm("x")).build());

    plane.respond(
        ResourceKind.LISTENER, "3", Resources.listener("l", 10000, Resources.rdsHcm("r")).build());

    assertThat(proxy.listener("l")).isSameAs(old);
    assertThat(proxy.stat("listener_manager.total_listeners_warming")).isZero();
    assertThat(proxy.changes).isEmpty();
    assertThat(proxy.active().routes()).containsOnlyKeys("r");
  }

  @Test
  void forgetsRoutesThatNobodyNamesAnyMore() {
    plane.respond(ResourceKind.LISTENER, "2");

    var change = proxy.onlyChange();
    assertThat(change.listeners().removed()).containsExactly("l");
    assertThat(change.routes().removed()).containsExactly("r");
    assertThat(proxy.active().routes()).isEmpty();
  }

  @Test
  void removesAClusterWithItsEndpoints() {
    clusters("2", Resources.edsCluster("b").build());

    var change = proxy.onlyChange();
    assertThat(change.clusters().removed()).containsExactly("a");
    assertThat(change.endpoints().removed()).containsExactly("a");
    assertThat(proxy.stat("cluster_manager.cluster_removed")).isEqualTo(1);
  }

  @Test
  void givesAnAddressThatWasFreedInTheSameResponseToANewListener() {
    plane.respond(
        ResourceKind.LISTENER, "2", Resources.listener("m", 10000, Resources.rdsHcm("r")).build());

    assertThat(plane.request(ResourceKind.LISTENER).hasErrorDetail()).isFalse();
    assertThat(proxy.active().listeners()).containsOnlyKeys("m");
    assertThat(proxy.active().routes()).containsOnlyKeys("r");
  }

  @Test
  void refusesASecondListenerOnTheSameAddress() {
    plane.respond(
        ResourceKind.LISTENER,
        "2",
        Resources.listener("l", 10000, Resources.rdsHcm("r")).build(),
        Resources.listener("l1", 10000, Resources.rdsHcm("r")).build());

    assertThat(plane.request(ResourceKind.LISTENER).getErrorDetail().getMessage())
        .isEqualTo(
            "Error adding/updating listener(s) l1: error adding listener: 'l1' has duplicate"
                + " address '127.0.0.1:10000' as existing listener\n");
    assertThat(proxy.active().listeners()).containsOnlyKeys("l");
  }

  @Test
  void refusesInlineRoutesToAClusterThatIsNotKnown() {
    plane.respond(
        ResourceKind.LISTENER,
        "2",
        Resources.listener(
                "l", 10000, Resources.hcm().setRouteConfig(Resources.routes("x", "nope")))
            .build());

    assertThat(plane.request(ResourceKind.LISTENER).getErrorDetail().getMessage())
        .isEqualTo("Error adding/updating listener(s) l: route: unknown cluster 'nope'\n");
  }

  @Test
  void refusesRoutesToAClusterThatIsNotKnownIfAskedTo() {
    var routes = Resources.routes("r", "nope");

    plane.respond(ResourceKind.ROUTES, "2", routes.setValidateClusters(BoolValue.of(true)).build());

    assertThat(plane.request(ResourceKind.ROUTES).getErrorDetail().getMessage())
        .endsWith("route: unknown cluster 'nope'");
  }

  @Test
  void keepsUnchangedEndpointsTheSameObjects() {
    var before = proxy.endpoints("a").endpoints().getFirst();

    plane.respond(
        ResourceKind.ENDPOINTS,
        "2",
        Resources.endpoints("a", 9001, 9011),
        Resources.endpoints("b", 9002));

    var change = proxy.onlyChange();
    assertThat(change.endpoints().updated()).containsOnlyKeys("a");
    assertThat(proxy.endpoints("a").endpoints().getFirst()).isSameAs(before);
    assertThat(proxy.stat("cluster.b.update_no_rebuild")).isEqualTo(1);
  }

  @Test
  void feedsEveryClusterThatAsksForTheSameService() {
    var first = Resources.edsCluster("d");
    first.getEdsClusterConfigBuilder().setServiceName("shared");
    var second = Resources.edsCluster("e");
    second.getEdsClusterConfigBuilder().setServiceName("shared");
    clusters("2", first.build(), second.build());
    assertThat(plane.request(ResourceKind.ENDPOINTS).getResourceNamesList())
        .containsExactly("shared");

    plane.respond(ResourceKind.ENDPOINTS, "2", Resources.endpoints("shared", 9001));

    assertThat(proxy.active().clusters()).containsOnlyKeys("d", "e", "xds");
    assertThat(proxy.endpoints("d").endpoints()).hasSize(1);
    assertThat(proxy.endpoints("e").endpoints()).hasSize(1);
  }

  @Test
  void startsANewClusterWithoutTheEndpointsThatWereRefusedAndLeavesAnOldOneAlone() {
    var old = proxy.cluster("a");
    clusters(
        "2",
        Resources.edsCluster("a").setConnectTimeout(Resources.seconds(9)).build(),
        Resources.edsCluster("b").build(),
        Resources.edsCluster("d").build());

    plane.respond(
        ResourceKind.ENDPOINTS,
        "2",
        Resources.endpoints("a", 70_000),
        Resources.endpoints("d", 70_000));

    assertThat(proxy.cluster("a")).isSameAs(old);
    assertThat(proxy.active().clusters()).containsKey("d");
    assertThat(proxy.endpoints("d").endpoints()).isEmpty();
  }

  @Test
  void keepsTheFactoriesOfFiltersThatDidNotChange() {
    var kept = Resources.filter("kept", Proxy.SlowFilters.config("x"));
    plane.respond(
        ResourceKind.LISTENER,
        "2",
        Resources.listener(
                "l",
                10000,
                Resources.rdsHcm("r")
                    .clearHttpFilters()
                    .addHttpFilters(kept)
                    .addHttpFilters(Resources.filter("changed", Proxy.SlowFilters.config("x")))
                    .addHttpFilters(Resources.router()))
            .build());
    var before = Resources.http(proxy.listener("l").chains().all().getFirst()).filters().usual();

    plane.respond(
        ResourceKind.LISTENER,
        "3",
        Resources.listener(
                "l",
                10000,
                Resources.rdsHcm("r")
                    .clearHttpFilters()
                    .addHttpFilters(kept)
                    .addHttpFilters(Resources.filter("changed", Proxy.SlowFilters.config("y")))
                    .addHttpFilters(Resources.router()))
            .build());

    var after = Resources.http(proxy.listener("l").chains().all().getFirst()).filters().usual();
    assertThat(after).extracting(HttpFilterEntry::name).containsExactly("kept", "changed");
    assertThat(after.get(0).factory()).isSameAs(before.get(0).factory());
    assertThat(after.get(1).factory()).isNotSameAs(before.get(1).factory());
    assertThat(proxy.filters.parsed).isEqualTo(3);
  }

  @Test
  void ignoresAClusterOfTheControlPlaneThatIsStatic() {
    var bootstrap = Proxy.dynamicBootstrap();
    bootstrap.getStaticResourcesBuilder().addClusters(Resources.staticCluster("fixed", 1));
    var other = new Proxy().start(bootstrap);
    var fixed = other.cluster("fixed");
    other.controlPlane.request(ResourceKind.CLUSTER);

    other.controlPlane.respond(
        ResourceKind.CLUSTER, "1", Resources.staticCluster("fixed", 2).build());

    assertThat(other.cluster("fixed")).isSameAs(fixed);
    other.controlPlane.request(ResourceKind.LISTENER);
    assertThat(other.controlPlane.request(ResourceKind.CLUSTER).hasErrorDetail()).isFalse();
  }

  @Test
  void listenersWaitForATableInVainOnlyOnce() {
    plane.respond(
        ResourceKind.LISTENER, "2", Resources.listener("m", 10001, Resources.rdsHcm("x")).build());
    plane.respond(
        ResourceKind.ROUTES,
        "2",
        Resources.routes("x", "a").addVirtualHosts(Resources.host("again", "*", "a")).build());
    assertThat(proxy.active().listeners()).containsKey("m");

    plane.respond(
        ResourceKind.LISTENER,
        "3",
        Resources.listener("m", 10001, Resources.rdsHcm("x").setStatPrefix("other")).build(),
        Resources.listener("n", 10002, Resources.rdsHcm("x")).build());

    assertThat(proxy.active().listeners()).containsOnlyKeys("m", "n");
    assertThat(proxy.configuration.waitingListeners()).isEmpty();
  }
}
