package dev.outrider.proxy.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.EndpointAccess;
import dev.outrider.proxy.cluster.EndpointCheck;
import dev.outrider.proxy.cluster.EndpointMetadata;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HealthFlag;
import dev.outrider.proxy.cluster.HealthStatus;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.HostShared;
import dev.outrider.proxy.cluster.LbPolicy;
import dev.outrider.proxy.cluster.LoadBalancing;
import dev.outrider.proxy.cluster.Locality;
import dev.outrider.proxy.cluster.SharedClusters;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatFilter;
import dev.outrider.proxy.metrics.StatsText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HealthCheckerTest {
  private static final Cluster CLUSTER = Cluster.withDefaults("up", new Discovery.Eds("up"));
  private static final CheckIntervals INTERVALS =
      new CheckIntervals(1_000, 100, 2_000, 200, 60_000, 30_000, 0, 0, 0);
  private static final HealthCheckSpec SPEC =
      new HealthCheckSpec(
          500, INTERVALS, 3, 2, true, new ProbeSpec.Tcp(new byte[0], PayloadPattern.ANY));
  private static final Duration A_BIT = Duration.ofMillis(20); // timers are coarse

  private final FakeLoop loop = new FakeLoop();
  private final MetricRegistry registry = new MetricRegistry(2);
  private final SharedClusters clusters = new SharedClusters(registry);
  private final FakeProbes probes = new FakeProbes();
  private int changes;
  private int rounds;
  private int passes;

  private HealthChecker checker(HealthCheckSpec spec, boolean leavesOutNew, EndpointSet set) {
    var checker =
        new HealthChecker(
            CLUSTER.toBuilder()
                .loadBalancing(
                    new LoadBalancing(
                        LbPolicy.ROUND_ROBIN,
                        50,
                        LoadBalancing.DEFAULT_OVERRIDE_HOST_STATUS,
                        false,
                        leavesOutNew))
                .build(),
            spec,
            new Fitness.Spec(loop, new SplittableRandom(1), registry, clusters, probes, _ -> {}),
            new HealthChecker.Listener() {
              @Override
              public void onPass(HostShared host) {
                passes++;
              }

              @Override
              public void onChange() {
                changes++;
              }

              @Override
              public void onFirstRound() {
                rounds++;
              }
            });
    checker.watch(set);
    return checker;
  }

  private static EndpointSet set(@Nullable EndpointSet previous, int... ports) {
    return EndpointSet.next(
        previous,
        "up",
        new Assignment(
            "up",
            Arrays.stream(ports)
                .mapToObj(port -> new EndpointSpec(new HostPort("10.0.0.1", port)))
                .toList()),
        2);
  }

  private static String flags(EndpointSet set, int index) {
    return HealthFlag.text(set.endpoints().get(index).healthFlags());
  }

  private void traffic() {
    clusters.added(CLUSTER).cells(0).inc(ClusterStats.UPSTREAM_CX_TOTAL);
  }

  private String stats() {
    return StatsText.of(registry, new StatFilter(false, name -> name.contains("health_check")))
        .replace("cluster.up.health_check.", "")
        .replace("\n", " ")
        .strip();
  }

  private void pass(Duration time) {
    loop.advance(time.plus(A_BIT));
  }

  @Test
  void aHostIsUnfitUntilItsFirstPass() {
    var set = set(null, 1);
    checker(SPEC, false, set).publish();
    assertThat(flags(set, 0)).isEqualTo("/failed_active_hc");

    probes.at(1).pass();

    assertThat(flags(set, 0)).isEqualTo("healthy");
    assertThat(changes).isOne();
    assertThat(passes).isOne();
    assertThat(stats())
        .isEqualTo(
            "attempt: 1 degraded: 0 failure: 0 healthy: 1 network_failure: 0 passive_failure: 0"
                + " success: 1 verify_cluster: 0");
  }

  private List<String> logged(boolean everyFailure, boolean everySuccess) {
    var log = new CheckLogSpec(List.of("/logs/a"), everyFailure, everySuccess);
    var events = new ArrayList<String>();
    var spec = new HealthCheckSpec(500, INTERVALS, 3, 2, true, SPEC.probe(), log);
    var checker =
        new HealthChecker(
            CLUSTER,
            spec,
            new Fitness.Spec(
                loop,
                new SplittableRandom(1),
                registry,
                clusters,
                probes,
                _ -> {},
                paths ->
                    new CheckEvents() {
                      @Override
                      public void onEvent(CheckEvent event) {
                        events.add(
                            event.kind()
                                + (event.failure() == null ? "" : " " + event.failure())
                                + (event.first() ? " first" : ""));
                      }

                      @Override
                      public void close() {
                        events.add("closed " + paths);
                      }
                    }),
            new HealthChecker.Listener() {
              @Override
              public void onPass(HostShared host) {}

              @Override
              public void onChange() {}

              @Override
              public void onFirstRound() {}
            });
    checker.watch(set(null, 1));
    checker.publish();
    probes.at(1).fail(FailureKind.NETWORK);
    pass(Duration.ofSeconds(60));
    probes.at(1).fail(FailureKind.NETWORK_TIMEOUT);
    pass(Duration.ofSeconds(60));
    probes.at(1).pass();
    pass(Duration.ofSeconds(60));
    probes.at(1).pass();
    pass(Duration.ofSeconds(60));
    probes.at(1).pass();
    pass(Duration.ofSeconds(60));
    probes.at(1).passDegraded();
    pass(Duration.ofSeconds(60));
    probes.at(1).pass();
    pass(Duration.ofSeconds(60));
    probes.at(1).fail(FailureKind.ACTIVE);
    checker.close();
    return events;
  }

  @Test
  void tellsTheLogWhatHasChangedAndTheFirstFailure() {
    assertThat(logged(false, false))
        .containsExactly(
            "FAILURE NETWORK first",
            "ADD",
            "DEGRADED",
            "NO_LONGER_DEGRADED",
            "EJECT ACTIVE",
            "closed [/logs/a]");
  }

  @Test
  void tellsTheLogOfEveryCheckIfAsked() {
    assertThat(logged(true, true))
        .containsExactly(
            "FAILURE NETWORK first",
            "FAILURE NETWORK_TIMEOUT",
            "SUCCESS",
            "ADD",
            "SUCCESS",
            "DEGRADED",
            "NO_LONGER_DEGRADED",
            "EJECT ACTIVE",
            "FAILURE ACTIVE",
            "closed [/logs/a]");
  }

  @Test
  void isSilentAboutAVersionThatWarmsUntilAllWereChecked() {
    var set = set(null, 1, 2);
    var checker = checker(SPEC, false, set);

    probes.at(1).pass();
    assertThat(rounds).isZero();
    probes.at(2).fail(FailureKind.ACTIVE);

    assertThat(rounds).isOne();
    assertThat(changes).isZero();
    assertThat(flags(set, 1)).isEqualTo("healthy"); // as another version sees it
    checker.publish();
    assertThat(flags(set, 0)).isEqualTo("healthy");
    assertThat(flags(set, 1)).isEqualTo("/failed_active_hc");
  }

  @Test
  void anAnswerThatSaysNoCountsAtOnce() {
    var set = set(null, 1);
    checker(SPEC, false, set).publish();
    traffic();
    probes.at(1).pass();
    pass(Duration.ofSeconds(1));

    probes.at(1).fail(FailureKind.ACTIVE);

    assertThat(flags(set, 0)).isEqualTo("/failed_active_hc");
  }

  @Test
  void failuresOfTheNetworkHaveToAddUp() {
    var set = set(null, 1);
    checker(SPEC, false, set).publish();
    traffic();
    probes.at(1).pass();
    pass(Duration.ofSeconds(1));

    probes.at(1).fail(FailureKind.NETWORK);
    pass(Duration.ofMillis(200)); // the edge
    probes.at(1).failRetriable();
    assertThat(flags(set, 0)).isEqualTo("healthy");
    pass(Duration.ofMillis(200));
    pass(Duration.ofMillis(500)); // nobody answers

    assertThat(flags(set, 0)).isEqualTo("/failed_active_hc/active_hc_timeout");
    assertThat(probes.at(1).givenUp()).isOne();
    assertThat(stats()).contains("failure: 3 ", "network_failure: 2 ", "healthy: 0 ");
  }

  @Test
  void aPassBreaksTheRow() {
    var set = set(null, 1);
    checker(SPEC, false, set).publish();
    traffic();
    probes.at(1).pass();
    for (var i = 0; i < 4; i++) {
      pass(Duration.ofSeconds(1));
      probes.at(1).fail(FailureKind.NETWORK);
      pass(Duration.ofMillis(200));
      probes.at(1).fail(FailureKind.NETWORK);
      pass(Duration.ofMillis(200));
      probes.at(1).pass();
    }

    assertThat(flags(set, 0)).isEqualTo("healthy");
  }

  @Test
  void passesHaveToAddUpToo() {
    var set = set(null, 1);
    checker(SPEC, false, set).publish();
    traffic();
    probes.at(1).fail(FailureKind.NETWORK);
    pass(Duration.ofSeconds(2));

    probes.at(1).pass();
    assertThat(flags(set, 0)).isEqualTo("/failed_active_hc");
    pass(Duration.ofMillis(100)); // the edge
    probes.at(1).pass();

    assertThat(flags(set, 0)).isEqualTo("healthy");
  }

  @Test
  void asksSeldomWhileTheClusterHasNoTraffic() {
    var set = set(null, 1);
    checker(SPEC, false, set).publish();
    probes.at(1).pass();

    pass(Duration.ofSeconds(29));
    assertThat(probes.at(1).asked()).isFalse();
    pass(Duration.ofSeconds(1));
    assertThat(probes.at(1).asked()).isTrue();

    probes.at(1).fail(FailureKind.ACTIVE);
    pass(Duration.ofSeconds(59));
    assertThat(probes.at(1).asked()).isFalse();
    pass(Duration.ofSeconds(1));
    assertThat(probes.at(1).asked()).isTrue();
  }

  @Test
  void leavesOutWhoAsksForIt() {
    var set = set(null, 1);
    checker(SPEC, false, set).publish();
    traffic();
    probes.at(1).pass();
    pass(Duration.ofSeconds(1));

    probes.at(1).failAndLeaveOut();
    assertThat(set.endpoints().getFirst().excluded()).isTrue();
    pass(Duration.ofSeconds(2));
    probes.at(1).pass();
    pass(Duration.ofMillis(100));
    probes.at(1).pass();

    assertThat(flags(set, 0)).isEqualTo("healthy");
  }

  @Test
  void leavesOutWhoAsksForItInAnAnswerToSomebodyElse() {
    var set = set(null, 1);
    checker(SPEC, false, set).publish();
    probes.at(1).pass();

    set.endpoints().getFirst().shared().askedToFail(); // by a worker
    assertThat(flags(set, 0)).isEqualTo("healthy");
    loop.runTasks();

    assertThat(flags(set, 0)).isEqualTo("/failed_active_hc/excluded_via_immediate_hc_fail");
    assertThat(stats()).contains("passive_failure: 1");
    assertThat(changes).isEqualTo(2);
  }

  @Test
  void saysWhoIsDegraded() {
    var set = set(null, 1);
    checker(SPEC, false, set).publish();
    traffic();

    probes.at(1).passDegraded();
    assertThat(flags(set, 0)).isEqualTo("/degraded_active_hc");
    assertThat(stats()).contains("degraded: 1");
    pass(Duration.ofSeconds(1));
    probes.at(1).pass();

    assertThat(flags(set, 0)).isEqualTo("healthy");
    assertThat(stats()).contains("degraded: 0");
    assertThat(changes).isEqualTo(2);
  }

  @Test
  void leavesOutWhoIsNewIfAsked() {
    var set = set(null, 1);
    checker(SPEC, true, set).publish();
    assertThat(set.excludedCount()).isOne();

    probes.at(1).fail(FailureKind.ACTIVE);

    assertThat(set.excludedCount()).isZero();
    assertThat(flags(set, 0)).isEqualTo("/failed_active_hc");
    assertThat(changes).isOne();
  }

  @Test
  void asksWhoComesLaterAndNoLongerWhoHasGone() {
    var set = set(null, 1);
    var checker = checker(SPEC, false, set);
    checker.publish();
    probes.at(1).pass();
    var gone = probes.at(1);

    var next = set(set, 2);
    checker.watch(next);

    assertThat(gone.closed()).isTrue();
    assertThat(flags(next, 0)).isEqualTo("/failed_active_hc");
    assertThat(stats()).contains("healthy: 0");
  }

  @Test
  void asksAHostThatIsReachedInAnotherWayThatWayAndKeepsWhatWasFound() {
    var set = set(null, 1);
    var checker = checker(SPEC, false, set);
    checker.publish();
    traffic();
    probes.at(1).pass();
    var before = probes.at(1);
    var spec = new EndpointSpec(new HostPort("10.0.0.1", 1));

    var next = next(set, spec.reached(EndpointAccess.DEFAULT.by(0)));
    checker.watch(next);
    assertThat(before.closed()).isTrue();
    assertThat(flags(next, 0)).isEqualTo("healthy");
    assertThat(probes.at(1).asked()).as("it is not its time yet").isFalse();
    pass(Duration.ofSeconds(1));
    assertThat(probes.at(1).asked()).isTrue();

    checker.watch(next(next, spec));
    assertThat(probes.count()).isEqualTo(3);
    assertThat(probes.at(1).asked()).as("the check begins again").isTrue();
    pass(Duration.ofMillis(500));
    assertThat(probes.at(1).givenUp()).isOne();
  }

  @Test
  void asksAHostByTheNameThatItHasNow() {
    var set = set(null, 1);
    var checker = checker(SPEC, false, set);

    checker.watch(
        next(
            set,
            new EndpointSpec(
                new HostPort("10.0.0.1", 1), "a.test", 1, 0, Locality.NONE, HealthStatus.UNKNOWN)));
    assertThat(probes.count()).isEqualTo(2);
    probes.at(1).pass();

    assertThat(rounds).isOne();
  }

  private static EndpointSet next(EndpointSet previous, EndpointSpec host) {
    return EndpointSet.next(previous, "up", new Assignment("up", List.of(host)), 2);
  }

  @Test
  void doesNotAskWhoWillNotBeAsked() {
    var unasked =
        new EndpointSpec(
            new HostPort("10.0.0.1", 1),
            "",
            1,
            0,
            Locality.NONE,
            HealthStatus.UNKNOWN,
            EndpointMetadata.NONE,
            new EndpointCheck(null, "", true),
            EndpointAccess.DEFAULT);
    var set = EndpointSet.next(null, "up", new Assignment("up", List.of(unasked)), 2);
    var checker = checker(SPEC, false, set);

    assertThat(probes.count()).isZero();
    assertThat(checker.unchecked()).isFalse();
    checker.publish();
    assertThat(flags(set, 0)).isEqualTo("healthy");
  }

  @Test
  void comesLaterForTheFirstTimeIfAsked() {
    var late =
        new HealthCheckSpec(
            500,
            new CheckIntervals(1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 10_000, 0, 0),
            1,
            1,
            true,
            SPEC.probe());
    var _ = checker(late, false, set(null, 1));

    assertThat(probes.at(1).asked()).isFalse();
    pass(Duration.ofSeconds(10));
    assertThat(probes.at(1).checks()).isPositive();
  }

  @Test
  void addsJitterBelowItsBound() {
    var random = new SplittableRandom(7);
    var jittery = new CheckIntervals(1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 0, 100, 50);
    for (var i = 0; i < 1_000; i++) {
      assertThat(jittery.next(true, false, true, random)).isBetween(1_000L, 1_598L);
    }
    assertThat(new CheckIntervals(0, 0, 0, 0, 0, 0, 0, 0, 0).next(true, false, true, random))
        .isOne(); // never again and again without a pause
  }

  @Test
  void leavesNothingBehind() {
    var set = set(null, 1, 2);
    var checker = checker(SPEC, false, set);
    checker.publish();
    probes.at(1).pass();

    checker.close();

    assertThat(flags(set, 1)).isEqualTo("healthy");
    assertThat(loop.armedTimers()).isZero();
    assertThat(StatsText.of(registry, new StatFilter(false, _ -> true))).isEmpty();
  }
}
