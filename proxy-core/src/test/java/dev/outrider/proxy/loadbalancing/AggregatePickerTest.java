package dev.outrider.proxy.loadbalancing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HealthStatus;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.loadbalancing.AggregatePicker.Member;
import dev.outrider.proxy.loop.FakeClock;
import dev.outrider.proxy.metrics.MetricRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AggregatePickerTest {
  private final SharedClusters clusters = new SharedClusters(new MetricRegistry(1));
  private final SplittableRandom random = new SplittableRandom(7);
  private final List<Member> members = new ArrayList<>();

  /// Texts of the form `host priority state`.
  private void member(String name, String... endpoints) {
    var specs = new ArrayList<EndpointSpec>();
    for (var endpoint : endpoints) {
      var parts = endpoint.split(" ", -1);
      specs.add(
          new EndpointSpec(
              new HostPort(parts[0], 80),
              "",
              1,
              Integer.parseInt(parts[1]),
              Locality.NONE,
              HealthStatus.valueOf(parts[2])));
    }
    var assignment = new Assignment(name, specs);
    var cluster = Cluster.withDefaults(name, new Discovery.Static(assignment));
    var shared = clusters.added(cluster);
    members.add(
        new Member(
            cluster,
            EndpointSet.next(null, name, assignment, 1),
            new PickerScope(
                random,
                shared.cells(0),
                new FakeClock(),
                shared.tables(),
                () -> 0,
                PickerScope.Local.UNKNOWN)));
  }

  private Map<String, Integer> picks(int count) {
    var picker = AggregatePicker.of(50, members, random);
    var counted = new TreeMap<String, Integer>();
    for (var i = 0; i < count; i++) {
      var endpoint = Objects.requireNonNull(picker.pick(PickContext.NONE));
      counted.merge(
          endpoint.shared().clusterName() + " " + endpoint.address().host(), 1, Integer::sum);
    }
    return counted;
  }

  @Test
  void takesTheFirstClusterThatHasSomebody() {
    member("none");
    member("a", "10.0.0.1 0 HEALTHY", "10.0.0.2 0 HEALTHY");
    member("b", "10.0.0.3 0 HEALTHY");

    assertThat(picks(100)).isEqualTo(Map.of("a 10.0.0.1", 50, "a 10.0.0.2", 50));
  }

  @Test
  void goesOnToTheNextPriorityAndThenToTheNextCluster() {
    member("a", "10.0.0.1 0 UNHEALTHY", "10.0.0.2 1 HEALTHY");
    member("b", "10.0.0.3 0 HEALTHY");
    assertThat(picks(10)).containsOnlyKeys("a 10.0.0.2");

    members.clear();
    member("c", "10.0.0.1 0 UNHEALTHY", "10.0.0.2 1 UNHEALTHY");
    member("d", "10.0.0.3 0 HEALTHY");
    assertThat(picks(10)).containsOnlyKeys("d 10.0.0.3");
  }

  @Test
  void spillsOverWhatIsTooMuchForTheFirst() {
    member("a", "10.0.0.1 0 HEALTHY", "10.0.0.2 0 UNHEALTHY");
    member("b", "10.0.0.3 0 HEALTHY");

    var picks = picks(10_000);

    assertThat(picks.get("a 10.0.0.1")).isBetween(6_700, 7_300);
    assertThat(picks.get("b 10.0.0.3")).isBetween(2_700, 3_300);
  }

  @Test
  void hasNobodyWithoutClusters() {
    assertThat(AggregatePicker.of(50, List.of(), random).pick(PickContext.NONE)).isNull();
    member("none");
    assertThat(AggregatePicker.of(50, members, random).pick(PickContext.NONE)).isNull();
  }
}
