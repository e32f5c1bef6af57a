package dev.outrider.proxy.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.HealthFlag;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.OriginalHosts;
import dev.outrider.proxy.health.FailureKind;
import dev.outrider.proxy.xds.resource.ResourceKind;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.OutlierDetection;
import io.envoyproxy.envoy.config.core.v3.HealthCheck;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// What becomes of hosts that are found where they are wanted (ORIGINAL_DST).
class OriginalHostsTest {
  private final Proxy proxy = Proxy.running();
  private int version = 1;

  private static Cluster.Builder original() {
    return Resources.edsCluster("o")
        .clearEdsClusterConfig()
        .setType(Cluster.DiscoveryType.ORIGINAL_DST)
        .setLbPolicy(Cluster.LbPolicy.CLUSTER_PROVIDED);
  }

  private static Cluster.Builder checked() {
    return original()
        .addHealthChecks(
            HealthCheck.newBuilder()
                .setTimeout(Resources.seconds(1))
                .setInterval(Resources.seconds(5))
                .setNoTrafficInterval(Resources.seconds(5))
                .setUnhealthyThreshold(Resources.number(1))
                .setHealthyThreshold(Resources.number(1))
                .setTcpHealthCheck(HealthCheck.TcpHealthCheck.getDefaultInstance()));
  }

  private static Cluster.Builder watched() {
    return original()
        .setOutlierDetection(
            OutlierDetection.newBuilder()
                .setConsecutive5Xx(Resources.number(1))
                .setMaxEjectionPercent(Resources.number(100)));
  }

  private void serve(Cluster.Builder cluster) {
    proxy.controlPlane.respond(
        ResourceKind.CLUSTER,
        "c" + ++version,
        cluster.build(),
        Resources.edsCluster("a").build(),
        Resources.edsCluster("b").build());
    proxy.changes.clear();
  }

  private OriginalHosts hosts() {
    return Objects.requireNonNull(Objects.requireNonNull(proxy.clusters.get("o")).originalHosts());
  }

  private Endpoint want(int port) {
    var endpoint = hosts().findOrMake(new HostPort("10.0.0.1", port));
    proxy.loop.runTasks();
    return endpoint;
  }

  private static String flags(Endpoint endpoint) {
    return HealthFlag.text(endpoint.healthFlags());
  }

  private List<Integer> published() {
    return proxy.endpoints("o").endpoints().stream()
        .map(endpoint -> endpoint.address().port())
        .sorted()
        .toList();
  }

  @Test
  void aHostIsCheckedFromWhenItIsWanted() {
    serve(checked());
    assertThat(proxy.probes.count()).isZero();

    var host = want(1);
    assertThat(flags(host)).isEqualTo("/failed_active_hc");
    assertThat(proxy.stat("cluster.o.membership_healthy")).isZero();
    proxy.probes.at(1).pass();
    proxy.loop.runTasks();

    assertThat(flags(host)).isEqualTo("healthy");
    assertThat(proxy.stat("cluster.o.membership_healthy")).isOne();
    proxy.advance(Duration.ofMillis(5_020));
    proxy.probes.at(1).fail(FailureKind.ACTIVE);
    assertThat(flags(host)).isEqualTo("/failed_active_hc");
  }

  @Test
  void aHostThatNobodyWantsAnyMoreIsNotChecked() {
    serve(checked());
    want(1);
    want(2);
    var probe = proxy.probes.at(1);

    hosts().sweep();
    want(2);
    hosts().sweep();
    proxy.loop.runTasks();

    assertThat(probe.closed()).isTrue();
    assertThat(proxy.probes.at(2).closed()).isFalse();
    assertThat(published()).containsExactly(2);
  }

  @Test
  void theResultsOfAHostAreWatched() {
    serve(watched());
    var sick = want(1);
    var well = want(2);

    sick.shared().results().onResponse(503);
    well.shared().results().onResponse(200);
    proxy.loop.runTasks();

    assertThat(flags(sick)).isEqualTo("/failed_outlier_check");
    assertThat(flags(well)).isEqualTo("healthy");
    assertThat(proxy.stat("cluster.o.outlier_detection.ejections_active")).isOne();
    assertThat(proxy.stat("cluster.o.membership_healthy")).isOne();
    assertThat(proxy.stat("cluster.o.membership_total")).isEqualTo(2);

    proxy.advance(Duration.ofSeconds(41));
    assertThat(flags(sick)).isEqualTo("healthy");
  }

  @Test
  void hostsThatComeTogetherAreOneChange() {
    serve(watched());

    hosts().findOrMake(new HostPort("10.0.0.1", 1));
    hosts().findOrMake(new HostPort("10.0.0.1", 2));
    proxy.loop.runTasks();

    assertThat(proxy.onlyChange().endpoints().updated()).containsOnlyKeys("o");
    assertThat(published()).containsExactly(1, 2);
  }

  @Test
  void hostsThatAreNotJudgedAreNotPublished() {
    serve(original());

    want(1);

    assertThat(proxy.changes).isEmpty();
  }

  @Test
  void hostsThatWereThereAreWatchedFromTheVersionOnThatAsksForIt() {
    serve(original());
    var host = want(1);

    serve(watched());
    host.shared().results().onResponse(503);
    proxy.loop.runTasks();
    assertThat(flags(host)).isEqualTo("/failed_outlier_check");

    serve(original());
    assertThat(flags(host)).isEqualTo("healthy");
    assertThat(want(1)).isSameAs(host);
  }
}
