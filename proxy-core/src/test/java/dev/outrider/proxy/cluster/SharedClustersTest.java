package dev.outrider.proxy.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatFilter;
import dev.outrider.proxy.metrics.StatsText;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SharedClustersTest {
  private final MetricRegistry registry = new MetricRegistry(2);
  private final SharedClusters clusters = new SharedClusters(registry);

  private static Cluster cluster(int maxConnections) {
    var thresholds = new CircuitBreakers.Thresholds(maxConnections, 1024, 1024, 3);
    return Cluster.builder("users", new Discovery.Eds("users"))
        .statName("people")
        .connections(new ConnectionOptions(Duration.ofSeconds(1), 0))
        .breakers(new CircuitBreakers(thresholds, CircuitBreakers.Thresholds.DEFAULT))
        .addedViaApi(true)
        .build();
  }

  private String stats(String containing) {
    return StatsText.of(registry, new StatFilter(false, name -> name.contains(containing)));
  }

  @Test
  void keepsCountsOverAnUpdateOfTheLimits() {
    var shared = clusters.added(cluster(2));
    var permit = new Permit();
    permit.tryTake(shared.breakers(Priority.DEFAULT).connections());

    assertThat(clusters.added(cluster(1))).isSameAs(shared);

    assertThat(new Permit().tryTake(shared.breakers(Priority.DEFAULT).connections())).isFalse();
    assertThat(new Permit().tryTake(shared.breakers(Priority.HIGH).connections())).isTrue();
  }

  @Test
  void showsAnOpenBreaker() {
    var shared = clusters.added(cluster(1));
    assertThat(stats("default.cx_open"))
        .isEqualTo("cluster.people.circuit_breakers.default.cx_open: 0\n");

    new Permit().tryTake(shared.breakers(Priority.DEFAULT).connections());

    assertThat(stats("cx_open"))
        .isEqualTo(
            """
            cluster.people.circuit_breakers.default.cx_open: 1
            cluster.people.circuit_breakers.high.cx_open: 0
            """);
  }

  @Test
  void showsMembership() {
    var shared = clusters.added(cluster(1));
    var specs =
        List.of(
            new EndpointSpec(
                new HostPort("10.0.0.1", 80), "", 7, 0, Locality.NONE, HealthStatus.HEALTHY),
            new EndpointSpec(
                new HostPort("10.0.0.2", 80), "", 1, 0, Locality.NONE, HealthStatus.DEGRADED));

    shared.membershipChanged(EndpointSet.next(null, "users", new Assignment("users", specs), 2));

    assertThat(stats("member"))
        .isEqualTo(
            """
            cluster.people.membership_change: 1
            cluster.people.membership_degraded: 1
            cluster.people.membership_excluded: 0
            cluster.people.membership_healthy: 1
            cluster.people.membership_total: 2
            """);
    assertThat(stats("max_host_weight")).endsWith(": 7\n");
  }

  @Test
  void countsAChangeOfMembersAndNotOfTheirHealth() {
    var shared = clusters.added(cluster(1));
    var one = new EndpointSpec(new HostPort("10.0.0.1", 80));
    var first = EndpointSet.next(null, "users", new Assignment("users", List.of(one)), 2);
    shared.membershipChanged(first);

    first.endpoints().getFirst().shared().mark(HealthFlag.FAILED_ACTIVE_HC);
    shared.membershipChanged(first);

    assertThat(stats("membership_change")).endsWith(": 1\n");
    assertThat(stats("membership_healthy")).endsWith(": 0\n");
  }

  @Test
  void forgetsARemovedClusterWhenTheLoopsHaveLetGo() {
    clusters.added(cluster(1));

    var finish = clusters.retire("users");
    assertThat(clusters.get("users")).isNotNull();
    finish.run();
    finish.run();

    assertThat(clusters.get("users")).isNull();
    assertThat(stats("")).isEmpty();
  }

  @Test
  void keepsAClusterThatCameBackMeanwhile() {
    var shared = clusters.added(cluster(1));
    var first = clusters.retire("users");
    clusters.added(cluster(2));
    var second = clusters.retire("users");

    first.run();
    assertThat(clusters.get("users")).isSameAs(shared);

    second.run();
    assertThat(clusters.get("users")).isNull();
  }

  @Test
  void showsHowMuchRoomThereIsWhereThatIsAskedFor() {
    var registry = new MetricRegistry(1);
    var all = new SharedClusters(registry);
    var asked = new CircuitBreakers.Thresholds(7, 6, 5, 4, null, 3, true);
    var cluster =
        Cluster.builder("c", new Discovery.Eds("c"))
            .breakers(new CircuitBreakers(asked, CircuitBreakers.Thresholds.DEFAULT));
    var shared = all.added(cluster.build());
    new Permit().takeAnyway(shared.breakers(Priority.DEFAULT).requests());

    assertThat(remaining(registry))
        .containsExactly(
            "cluster.c.circuit_breakers.default.remaining_cx: 7",
            "cluster.c.circuit_breakers.default.remaining_cx_pools: 3",
            "cluster.c.circuit_breakers.default.remaining_pending: 6",
            "cluster.c.circuit_breakers.default.remaining_retries: 4",
            "cluster.c.circuit_breakers.default.remaining_rq: 4");

    all.added(cluster.breakers(CircuitBreakers.DEFAULT).build());
    assertThat(remaining(registry)).isEmpty();
  }

  private static List<String> remaining(MetricRegistry registry) {
    return StatsText.of(registry, new StatFilter(false, name -> name.contains("remaining")))
        .lines()
        .toList();
  }
}
