package dev.outrider.proxy.loadbalancing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HealthStatus;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.cluster.SpreadPolicy;
import dev.outrider.proxy.metrics.StatOwner;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostPickersTest {
  private final StatOwner stats = StatOwner.unlisted(ClusterStats.TEMPLATE, 1);

  private static EndpointSpec endpoint(int number, int weight, int priority, HealthStatus health) {
    return new EndpointSpec(
        new HostPort("10.0.0." + number, 80), "", weight, priority, Locality.NONE, health);
  }

  private HostPicker picker(long seed, EndpointSpec... specs) {
    var assignment = new Assignment("c", Arrays.asList(specs));
    return HostPickers.of(
        Cluster.withDefaults("c", new Discovery.Static(assignment)),
        EndpointSet.next(null, "c", assignment, 1),
        PickerScopes.of(seed, stats));
  }

  private static Map<String, Integer> count(HostPicker picker, int picks) {
    var counts = new TreeMap<String, Integer>();
    for (var i = 0; i < picks; i++) {
      var endpoint = picker.pick(PickContext.NONE);
      counts.merge(endpoint == null ? "none" : endpoint.address().host(), 1, Integer::sum);
    }
    return counts;
  }

  @Test
  void goesRoundInTurn() {
    var picker =
        picker(
            1,
            endpoint(1, 1, 0, HealthStatus.UNKNOWN),
            endpoint(2, 1, 0, HealthStatus.HEALTHY),
            endpoint(3, 1, 0, HealthStatus.UNKNOWN));

    var first = count(picker, 1);
    assertThat(count(picker, 2))
        .hasSize(2)
        .doesNotContainKeys(first.keySet().toArray(String[]::new));
    assertThat(count(picker, 1)).isEqualTo(first);
    assertThat(count(picker, 300)).containsEntry("10.0.0.1", 100).containsEntry("10.0.0.2", 100);
  }

  @Test
  void startsAnywhere() {
    var starts = new TreeMap<String, Integer>();
    for (var seed = 0; seed < 200; seed++) {
      var picker =
          picker(
              seed,
              endpoint(1, 1, 0, HealthStatus.UNKNOWN),
              endpoint(2, 1, 0, HealthStatus.UNKNOWN));
      count(picker, 1).forEach((host, picks) -> starts.merge(host, picks, Integer::sum));
    }

    assertThat(starts.get("10.0.0.1")).isBetween(60, 140);
  }

  @Test
  void honoursWeightsExactly() {
    var picker =
        picker(
            5,
            endpoint(1, 1, 0, HealthStatus.UNKNOWN),
            endpoint(2, 2, 0, HealthStatus.UNKNOWN),
            endpoint(3, 5, 0, HealthStatus.UNKNOWN));

    assertThat(count(picker, 8_000))
        .isEqualTo(Map.of("10.0.0.1", 1_000, "10.0.0.2", 2_000, "10.0.0.3", 5_000));
  }

  @Test
  void spreadsAHeavyEndpointEvenly() {
    var picker =
        picker(5, endpoint(1, 1, 0, HealthStatus.UNKNOWN), endpoint(2, 3, 0, HealthStatus.UNKNOWN));

    for (var window = 0; window < 50; window++) {
      assertThat(count(picker, 4)).containsEntry("10.0.0.1", 1);
    }
  }

  @Test
  void leavesOutTheUnhealthy() {
    var specs =
        IntStream.rangeClosed(1, 10)
            .mapToObj(i -> endpoint(i, 1, 0, i <= 2 ? HealthStatus.DRAINING : HealthStatus.UNKNOWN))
            .toArray(EndpointSpec[]::new);

    assertThat(count(picker(3, specs), 800)).hasSize(8).doesNotContainKeys("10.0.0.1", "10.0.0.2");
  }

  @Test
  void panicsAndUsesAllWhenFewAreHealthy() {
    var picker =
        picker(
            3,
            endpoint(1, 1, 0, HealthStatus.UNHEALTHY),
            endpoint(2, 1, 0, HealthStatus.UNHEALTHY),
            endpoint(3, 1, 0, HealthStatus.UNKNOWN));

    assertThat(count(picker, 300)).hasSize(3);
    assertThat(stats.value(ClusterStats.LB_HEALTHY_PANIC)).isEqualTo(300);
  }

  @Test
  void findsNobodyInAnEmptyCluster() {
    assertThat(picker(1).pick(PickContext.NONE)).isNull();
  }

  @Test
  void servesFromTheOnlyPriorityEvenAfterAGap() {
    assertThat(count(picker(1, endpoint(1, 1, 3, HealthStatus.UNKNOWN)), 100))
        .containsEntry("10.0.0.1", 100);
  }

  @Test
  void spillsOverToDegradedEndpoints() {
    var picker =
        picker(
            9, endpoint(1, 1, 0, HealthStatus.UNKNOWN), endpoint(2, 1, 0, HealthStatus.DEGRADED));

    assertThat(count(picker, 10_000).get("10.0.0.2")).isBetween(2_700, 3_300);
  }

  /// Envoy's published table: share of healthy endpoints in the first priority -> its share of the
  /// requests.
  @ParameterizedTest
  @CsvSource({"100,100", "72,100", "71,99", "50,70", "25,35", "0,0"})
  void spillsOverToTheNextPriority(int healthyPercent, int share) {
    var counts =
        List.of(
            PriorityLoads.Counts.unweighted(100, 0, healthyPercent, 0),
            PriorityLoads.Counts.unweighted(100, 0, 100, 0));

    var loads = PriorityLoads.of(counts, SpreadPolicy.DEFAULT_OVERPROVISIONING, 50);

    assertThat(loads.healthy(0)).isEqualTo(share);
    assertThat(loads.healthy(1)).isEqualTo(100 - share);
    assertThat(loads.panic(0)).isFalse();
  }

  @Test
  void spreadsByNumberOfEndpointsWhenAllPrioritiesPanic() {
    var counts =
        List.of(
            PriorityLoads.Counts.unweighted(30, 0, 3, 0),
            PriorityLoads.Counts.unweighted(10, 0, 1, 0));

    var loads = PriorityLoads.of(counts, SpreadPolicy.DEFAULT_OVERPROVISIONING, 50);

    assertThat(loads.panic(0)).isTrue();
    assertThat(loads.panic(1)).isTrue();
    assertThat(loads.healthy(0)).isEqualTo(75);
    assertThat(loads.healthy(1)).isEqualTo(25);
  }
}
