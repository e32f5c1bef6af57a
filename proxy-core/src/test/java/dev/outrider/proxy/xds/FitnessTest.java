package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.HealthFlag;
import dev.outrider.proxy.health.FailureKind;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.OutlierDetection;
import io.envoyproxy.envoy.config.core.v3.HealthCheck;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What becomes of clusters whose endpoints are checked.
class FitnessTest {
  private final Proxy proxy = Proxy.running();
  private int version = 1;

  private static Cluster.Builder checked(String name) {
    return Resources.edsCluster(name)
        .addHealthChecks(
            HealthCheck.newBuilder()
                .setTimeout(Resources.seconds(1))
                .setInterval(Resources.seconds(5))
                .setNoTrafficInterval(Resources.seconds(5))
                .setUnhealthyThreshold(Resources.number(1))
                .setHealthyThreshold(Resources.number(1))
                .setTcpHealthCheck(HealthCheck.TcpHealthCheck.getDefaultInstance()));
  }

  private void cluster(Cluster.Builder a) {
    proxy.controlPlane.respond(
        ResourceKind.CLUSTER, "c" + ++version, a.build(), Resources.edsCluster("b").build());
  }

  private void endpoints(int... ports) {
    proxy.controlPlane.respond(
        ResourceKind.ENDPOINTS,
        "e" + ++version,
        Resources.endpoints("a", ports),
        Resources.endpoints("b", 9002));
  }

  private List<String> flags() {
    return proxy.endpoints("a").endpoints().stream()
        .map(endpoint -> endpoint.address().port() + HealthFlag.text(endpoint.healthFlags()))
        .toList();
  }

  /// A cluster of two that have passed.
  private void serve(Cluster.Builder cluster) {
    cluster(cluster);
    endpoints(1, 2);
    proxy.probes.at(1).pass();
    proxy.probes.at(2).pass();
    proxy.changes.clear();
  }

  @Test
  void aClusterServesWhenEachEndpointWasCheckedOnce() {
    cluster(checked("a"));
    endpoints(1, 2);
    assertThat(proxy.onlyChange().clusters().isEmpty())
        .isTrue(); // it is the one before that has them

    proxy.probes.at(1).pass();
    assertThat(proxy.changes).isEmpty();
    proxy.probes.at(2).fail(FailureKind.NETWORK);

    var change = proxy.onlyChange();
    assertThat(change.clusters().updated()).containsOnlyKeys("a");
    assertThat(change.endpoints().updated()).containsOnlyKeys("a");
    assertThat(flags()).containsExactly("1healthy", "2/failed_active_hc");
  }

  @Test
  void aClusterWithoutEndpointsDoesNotWait() {
    cluster(checked("a"));
    endpoints();

    assertThat(proxy.onlyChange().clusters().updated()).containsOnlyKeys("a");
  }

  @Test
  void endpointsThatGoBeforeTheyWereCheckedAreNotWaitedFor() {
    cluster(checked("a"));
    endpoints(1, 2);
    proxy.probes.at(1).pass();

    endpoints(1);

    assertThat(flags()).containsExactly("1healthy");
  }

  @Test
  void aVersionThatWarmsLeavesTheOneThatServesAlone() {
    serve(checked("a"));
    proxy.probes.at(1);

    cluster(checked("a").setConnectTimeout(Resources.seconds(9)));
    endpoints(1, 2);
    assertThat(flags()).containsExactly("1healthy", "2healthy");
    proxy.probes.at(1).fail(FailureKind.NETWORK);
    assertThat(flags()).containsExactly("1healthy", "2healthy");
    proxy.probes.at(2).pass();

    assertThat(flags()).containsExactly("1/failed_active_hc", "2healthy");
  }

  @Test
  void aVersionThatIsReplacedWhileItWarmsIsForgotten() {
    cluster(checked("a"));
    endpoints(1);
    var probe = proxy.probes.at(1);

    cluster(Resources.edsCluster("a"));
    endpoints(1);

    assertThat(probe.closed()).isTrue();
    assertThat(flags()).containsExactly("1healthy");
  }

  @Test
  void aChangeOfHealthPublishesOneClusterAndItsEndpointsAsTheyWere() {
    serve(checked("a"));
    var before = proxy.endpoints("a").endpoints();
    proxy.advance(Duration.ofMillis(5_020));

    proxy.probes.at(2).fail(FailureKind.ACTIVE);
    proxy.loop.runTasks();

    var change = proxy.onlyChange();
    assertThat(change.clusters().isEmpty()).isTrue();
    assertThat(change.endpoints().updated()).containsOnlyKeys("a");
    assertThat(proxy.endpoints("a").endpoints()).isEqualTo(before);
    assertThat(proxy.endpoints("a").healthyCount()).isOne();
  }

  @Test
  void endpointsThatAreJudgedTogetherAreOneChange() {
    serve(checked("a"));
    proxy.advance(Duration.ofMillis(5_020));

    proxy.probes.at(1).fail(FailureKind.ACTIVE);
    proxy.probes.at(2).fail(FailureKind.ACTIVE);
    assertThat(proxy.changes).isEmpty();
    proxy.loop.runTasks();

    assertThat(proxy.onlyChange().endpoints().updated()).containsOnlyKeys("a");
    assertThat(proxy.endpoints("a").healthyCount()).isZero();
  }

  @Test
  void aNewEndpointIsUnfitUntilItPasses() {
    serve(checked("a"));

    endpoints(1, 2, 3);
    assertThat(flags()).containsExactly("1healthy", "2healthy", "3/failed_active_hc");
    proxy.probes.at(3).pass();

    assertThat(flags()).containsExactly("1healthy", "2healthy", "3healthy");
  }

  @Test
  void anEndpointThatIsNotNamedAnyMoreStaysWhileItPasses() {
    serve(checked("a"));

    endpoints(2);
    assertThat(flags()).containsExactly("2healthy", "1/pending_dynamic_removal");
    assertThat(proxy.endpoints("a").healthyCount()).isEqualTo(2);
    proxy.advance(Duration.ofMillis(5_020));
    proxy.probes.at(1).fail(FailureKind.ACTIVE);
    proxy.loop.runTasks();

    assertThat(flags()).containsExactly("2healthy");
  }

  @Test
  void anEndpointThatIsNamedAgainIsAsBefore() {
    serve(checked("a"));
    var one = proxy.endpoints("a").endpoints().getFirst();

    endpoints(2);
    endpoints(1, 2);

    assertThat(flags()).containsExactly("1healthy", "2healthy");
    assertThat(proxy.endpoints("a").endpoints()).contains(one);
  }

  @Test
  void anUnfitEndpointGoesAtOnce() {
    serve(checked("a"));
    proxy.advance(Duration.ofMillis(5_020));
    proxy.probes.at(1).fail(FailureKind.ACTIVE);

    endpoints(2);

    assertThat(flags()).containsExactly("2healthy");
  }

  @Test
  void anEndpointGoesAtOnceIfItsHealthIsToBeIgnored() {
    serve(checked("a").setIgnoreHealthOnHostRemoval(true));

    endpoints(2);

    assertThat(flags()).containsExactly("2healthy");
  }

  @Test
  void aClusterThatIsRemovedIsAskedNoMore() {
    serve(checked("a"));
    var probe = proxy.probes.at(1);

    proxy.controlPlane.respond(
        ResourceKind.CLUSTER, "c" + ++version, Resources.edsCluster("b").build());

    assertThat(probe.closed()).isTrue();
  }

  @Test
  void aClusterWithoutChecksForgetsWhatWasFound() {
    serve(checked("a"));
    proxy.advance(Duration.ofMillis(5_020));
    proxy.probes.at(1).fail(FailureKind.ACTIVE);
    proxy.loop.runTasks();
    proxy.changes.clear();

    cluster(Resources.edsCluster("a"));
    endpoints(1, 2);

    assertThat(proxy.onlyChange().endpoints().updated()).containsOnlyKeys("a");
    assertThat(flags()).containsExactly("1healthy", "2healthy");
  }

  @Test
  void outliersAreEjectedInEveryClusterThatWatches() {
    cluster(
        Resources.edsCluster("a")
            .setOutlierDetection(
                OutlierDetection.newBuilder()
                    .setConsecutive5Xx(Resources.number(1))
                    .setMaxEjectionPercent(Resources.number(50))));
    endpoints(1, 2);
    proxy.changes.clear();

    proxy.endpoints("a").endpoints().forEach(FitnessTest::fail);
    proxy.loop.runTasks();

    assertThat(proxy.onlyChange().endpoints().updated()).containsOnlyKeys("a");
    assertThat(flags()).containsExactly("1/failed_outlier_check", "2healthy");
    assertThat(proxy.stat("cluster.a.outlier_detection.ejections_overflow")).isOne();
  }

  private static void fail(Endpoint endpoint) {
    endpoint.shared().results().onResponse(500);
  }
}
