package dev.outrider.proxy.loadbalancing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HealthStatus;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.metrics.StatOwner;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What a request may say about its choice.
class PickContextTest {
  private final HostPicker picker =
      picker(
          endpoint(1, 0, HealthStatus.HEALTHY),
          endpoint(2, 0, HealthStatus.HEALTHY),
          endpoint(3, 0, HealthStatus.UNHEALTHY),
          endpoint(4, 1, HealthStatus.HEALTHY));

  private static EndpointSpec endpoint(int number, int priority, HealthStatus health) {
    return new EndpointSpec(
        new HostPort("10.0.0." + number, 80), "", 1, priority, Locality.NONE, health);
  }

  private static HostPicker picker(EndpointSpec... specs) {
    var assignment = new Assignment("c", List.of(specs));
    return HostPickers.of(
        Cluster.withDefaults("c", new Discovery.Static(assignment)),
        EndpointSet.next(null, "c", assignment, 1),
        PickerScopes.of(1, StatOwner.unlisted(ClusterStats.TEMPLATE, 1)));
  }

  private static String host(@Nullable Endpoint endpoint) {
    return endpoint == null ? "none" : endpoint.address().host();
  }

  /// Wants any but one.
  private record AnyBut(String host, int maxPicks) implements PickContext {
    @Override
    public boolean rejects(Endpoint chosen) {
      return chosen.address().host().equals(host);
    }
  }

  private record Session(String overrideHost, boolean overrideHostStrict) implements PickContext {}

  @Test
  void choosesAgainWhileTheRequestRejects() {
    for (var i = 0; i < 100; i++) {
      assertThat(host(picker.pick(new AnyBut("10.0.0.1", 20)))).isNotEqualTo("10.0.0.1");
    }
  }

  @Test
  void takesTheLastChoiceEvenIfItIsRejected() {
    var only = picker(endpoint(1, 0, HealthStatus.HEALTHY));

    assertThat(host(only.pick(new AnyBut("10.0.0.1", 3)))).isEqualTo("10.0.0.1");
  }

  @Test
  void doesNotChooseAgainUnlessItIsAllowedTo() {
    var chosen = 0;
    for (var i = 0; i < 1_000; i++) {
      chosen += host(picker.pick(new AnyBut("10.0.0.1", 1))).equals("10.0.0.1") ? 1 : 0;
    }
    assertThat(chosen).isGreaterThan(300);
  }

  @Test
  void staysWithTheHostOfTheSession() {
    for (var i = 0; i < 10; i++) {
      assertThat(host(picker.pick(new Session("10.0.0.4:80", false)))).isEqualTo("10.0.0.4");
    }
  }

  @Test
  void leavesAHostOfTheSessionThatFails() {
    assertThat(host(picker.pick(new Session("10.0.0.3:80", false)))).isIn("10.0.0.1", "10.0.0.2");
    assertThat(host(picker.pick(new Session("10.0.0.9:80", false)))).isIn("10.0.0.1", "10.0.0.2");
  }

  @Test
  void findsNobodyIfTheSessionIsStrict() {
    assertThat(picker.pick(new Session("10.0.0.3:80", true))).isNull();
  }

  @Test
  void leavesTheHostOfTheSessionWhenItTriesAgain() {
    var again =
        new PickContext() {
          @Override
          public String overrideHost() {
            return "10.0.0.4:80";
          }

          @Override
          public int retries() {
            return 1;
          }
        };

    assertThat(host(picker.pick(again))).isIn("10.0.0.1", "10.0.0.2");
  }

  @Test
  void goesToOtherPrioritiesThanThoseThatWereTried() {
    var tried = new BitSet();
    tried.set(0);
    var elsewhere =
        new PickContext() {
          @Override
          public PriorityLoads priorityLoads(PriorityLoads usual) {
            var loads = usual.without(tried);
            return loads == null ? usual : loads;
          }
        };

    for (var i = 0; i < 20; i++) {
      assertThat(host(picker.pick(elsewhere))).isEqualTo("10.0.0.4");
    }
    tried.set(1);
    assertThat(host(picker.pick(elsewhere))).isNotEqualTo("none");
  }
}
