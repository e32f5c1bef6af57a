package dev.outrider.proxy.outlier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.AttemptResults;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.cluster.EndpointSpec;
import dev.outrider.proxy.cluster.HealthFlag;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.cluster.HostShared;
import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatFilter;
import dev.outrider.proxy.metrics.StatsText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OutlierDetectorTest {
  private static final Duration INTERVAL = Duration.ofMillis(10_010); // timers are coarse

  private final FakeLoop loop = new FakeLoop();
  private final MetricRegistry registry = new MetricRegistry(3);
  private final List<OutlierEvents.Event> events = new ArrayList<>();
  private int changes;

  private EndpointSet hosts(int count, @Nullable EndpointSet previous) {
    var specs =
        IntStream.range(0, count)
            .mapToObj(i -> new EndpointSpec(new HostPort("10.0.0." + i, 80)))
            .toList();
    return EndpointSet.next(previous, "up", new Assignment("up", specs), 3);
  }

  private OutlierDetector detector(OutlierSpec spec, EndpointSet set) {
    var detector =
        new OutlierDetector(
            new OutlierDetector.Setting(
                "up",
                spec,
                loop,
                new SplittableRandom(1),
                template -> registry.owner(template, "cluster.up.outlier_detection"),
                events::add,
                () -> changes++));
    detector.watch(set);
    return detector;
  }

  private static HostShared host(EndpointSet set, int index) {
    return set.endpoints().get(index).shared();
  }

  private static boolean ejected(EndpointSet set, int index) {
    return HealthFlag.FAILED_OUTLIER_CHECK.in(host(set, index).healthFlags());
  }

  private long stat(String name) {
    var line =
        StatsText.of(
            registry, new StatFilter(false, ("cluster.up.outlier_detection." + name)::equals));
    return Long.parseLong(line.substring(line.indexOf(": ") + 2).strip());
  }

  private static void answer(HostShared host, int status, int times) {
    for (var i = 0; i < times; i++) {
      host.results().onResponse(status);
    }
  }

  @Test
  void ejectsAfterSoManyServerErrorsInARow() {
    var set = hosts(10, null);
    var _ = detector(OutlierSpecs.DEFAULT, set);

    answer(host(set, 3), 500, 4);
    answer(host(set, 3), 200, 1);
    answer(host(set, 3), 500, 4);
    loop.runTasks();
    assertThat(ejected(set, 3)).isFalse();

    answer(host(set, 3), 500, 1);
    assertThat(ejected(set, 3)).isFalse(); // the main loop decides
    loop.runTasks();

    assertThat(ejected(set, 3)).isTrue();
    assertThat(changes).isOne();
    assertThat(stat("ejections_active")).isOne();
    assertThat(stat("ejections_total")).isOne();
    assertThat(stat("ejections_consecutive_5xx")).isOne();
    assertThat(stat("ejections_detected_consecutive_5xx")).isOne();
    assertThat(stat("ejections_enforced_consecutive_5xx")).isOne();
    assertThat(stat("ejections_enforced_total")).isOne();
  }

  @Test
  void ejectsNoMoreThanTheShareAllowed() {
    var set = hosts(10, null);
    var _ = detector(OutlierSpecs.DEFAULT, set);

    answer(host(set, 0), 500, 5);
    answer(host(set, 1), 500, 5);
    loop.runTasks();

    assertThat(ejected(set, 1)).isFalse();
    assertThat(stat("ejections_overflow")).isOne();
    assertThat(stat("ejections_detected_consecutive_5xx")).isEqualTo(2);
  }

  @Test
  void ejectsNobodyOfFewUnlessOneMayAlwaysBe() {
    var few = hosts(3, null);
    try (var _ = detector(OutlierSpecs.DEFAULT, few)) {
      answer(host(few, 0), 500, 5);
      loop.runTasks();
      assertThat(ejected(few, 0)).isFalse();
    }

    var _ = detector(OutlierSpecs.with(e -> e.alwaysOne(true)), few);
    answer(host(few, 0), 500, 5);
    answer(host(few, 1), 500, 5);
    loop.runTasks();
    assertThat(ejected(few, 0)).isTrue();
    assertThat(ejected(few, 1)).isFalse();
  }

  @Test
  void countsGatewayFailuresAndDoesNotActOnThemByDefault() {
    var set = hosts(10, null);
    var _ = detector(OutlierSpecs.with(e -> e.serverErrors(0)), set);

    answer(host(set, 0), 503, 5);
    loop.runTasks();

    assertThat(ejected(set, 0)).isFalse();
    assertThat(stat("ejections_detected_consecutive_gateway_failure")).isOne();
    assertThat(stat("ejections_enforced_consecutive_gateway_failure")).isZero();
    assertThat(events).singleElement().matches(event -> !event.enforced() && event.ejects());
  }

  @Test
  void anErrorThatIsNoGatewaysBreaksTheRow() {
    var set = hosts(10, null);
    var _ = detector(OutlierSpecs.with(e -> e.serverErrors(0)), set);

    answer(host(set, 0), 503, 4);
    answer(host(set, 0), 500, 1);
    answer(host(set, 0), 503, 4);
    loop.runTasks();

    assertThat(stat("ejections_detected_consecutive_gateway_failure")).isZero();
  }

  @Test
  void takesTimeoutsAndFailedConnectionsForServerErrors() {
    var set = hosts(10, null);
    var _ = detector(OutlierSpecs.DEFAULT, set);
    var results = host(set, 0).results();

    results.onTimeout(504);
    results.onTimeout(0);
    results.onConnectFailed();
    results.onConnected(); // says nothing here
    results.onConnectFailed();
    results.onConnectFailed();
    loop.runTasks();

    assertThat(ejected(set, 0)).isTrue();
  }

  @Test
  void countsWhatIsOursApartIfAsked() {
    var set = hosts(10, null);
    var _ = detector(OutlierSpecs.with(e -> e.split(true)), set);
    var results = host(set, 0).results();

    answer(host(set, 0), 500, 4);
    for (var i = 0; i < 4; i++) {
      results.onConnectFailed();
    }
    results.onConnected();
    for (var i = 0; i < 4; i++) {
      results.onTimeout(504);
    }
    loop.runTasks();
    assertThat(ejected(set, 0)).isFalse();

    results.onConnectFailed();
    loop.runTasks();
    assertThat(ejected(set, 0)).isTrue();
    assertThat(stat("ejections_enforced_consecutive_local_origin_failure")).isOne();
    assertThat(stat("ejections_total")).isZero(); // of an earlier time, when there were two kinds
  }

  @Test
  void findsTheHostWhoseSuccessRateIsFarBelowTheOthers() {
    var set = hosts(5, null);
    var detector = detector(OutlierSpecs.with(e -> e.maxPercent(100).serverErrors(0)), set);
    answer(host(set, 0), 200, 50);
    answer(host(set, 0), 500, 50);
    IntStream.range(1, 5).forEach(i -> answer(host(set, i), 200, 100));

    loop.advance(INTERVAL);

    assertThat(detector.external().average()).isCloseTo(90, within(1e-9));
    assertThat(detector.external().threshold()).isCloseTo(52, within(1e-9));
    assertThat(ejected(set, 0)).isTrue();
    assertThat(ejected(set, 1)).isFalse();
    assertThat(detector.successPercent(host(set, 0), false)).isEqualTo(50);
    assertThat(stat("ejections_enforced_success_rate")).isOne();
    assertThat(stat("ejections_success_rate")).isOne();
    assertThat(stat("ejections_total")).isOne();
  }

  @Test
  void saysNothingOfRatesWithTooFewRequestsOrHosts() {
    var set = hosts(5, null);
    var detector = detector(OutlierSpecs.with(e -> e.serverErrors(0)), set);
    answer(host(set, 0), 500, 49);
    IntStream.range(1, 5).forEach(i -> answer(host(set, i), 200, 99));

    loop.advance(INTERVAL);

    assertThat(detector.external()).isEqualTo(SuccessRates.NONE);
    assertThat(detector.successPercent(host(set, 0), false)).isEqualTo(-1);
    assertThat(detector.successPercent(host(set, 1), false)).isEqualTo(100); // the lower of the two
  }

  @Test
  void findsAHighShareOfFailures() {
    var set = hosts(5, null);
    var _ =
        detector(
            OutlierSpecs.with(
                e ->
                    e.maxPercent(100)
                        .serverErrors(0)
                        .enforcing(EjectionType.SUCCESS_RATE, 0)
                        .enforcing(EjectionType.FAILURE_PERCENTAGE, 100)),
            set);
    answer(host(set, 0), 200, 15);
    answer(host(set, 0), 500, 85);
    answer(host(set, 1), 200, 16);
    answer(host(set, 1), 500, 84);
    IntStream.range(2, 5).forEach(i -> answer(host(set, i), 200, 100));

    loop.advance(INTERVAL);

    assertThat(ejected(set, 0)).isTrue();
    assertThat(ejected(set, 1)).isFalse();
    assertThat(stat("ejections_enforced_failure_percentage")).isOne();
  }

  @Test
  void takesAHostBackAtTheSweepAfterItsTime() {
    var set = hosts(10, null);
    var _ = detector(OutlierSpecs.DEFAULT, set);
    answer(host(set, 0), 500, 5);
    loop.runTasks();

    loop.advance(INTERVAL);
    loop.advance(INTERVAL);
    assertThat(ejected(set, 0)).isTrue();
    loop.advance(INTERVAL);

    assertThat(ejected(set, 0)).isFalse();
    assertThat(changes).isEqualTo(2);
    assertThat(stat("ejections_active")).isZero();
    assertThat(events.getLast().ejects()).isFalse();
    assertThat(events.getLast().secondsSinceLast()).isEqualTo(30);
  }

  @Test
  void eachEjectionThatFollowsSoonTakesLonger() {
    var set = hosts(10, null);
    var _ = detector(OutlierSpecs.with(e -> e.times(10_000, 25_000)), set);

    assertThat(sweepsEjected(set)).isOne();
    assertThat(sweepsEjected(set)).isEqualTo(2);
    assertThat(sweepsEjected(set)).isEqualTo(3); // 25 s at most
    IntStream.range(0, 10).forEach(_ -> loop.advance(INTERVAL)); // time heals
    assertThat(sweepsEjected(set)).isOne();
  }

  private int sweepsEjected(EndpointSet set) {
    answer(host(set, 0), 500, 5);
    loop.runTasks();
    var sweeps = 0;
    for (; ejected(set, 0); sweeps++) {
      loop.advance(INTERVAL);
    }
    return sweeps;
  }

  @Test
  void beginsToCountAnewAfterAnEjection() {
    var set = hosts(10, null);
    var _ = detector(OutlierSpecs.DEFAULT, set);
    answer(host(set, 0), 500, 5);
    loop.runTasks();
    answer(host(set, 0), 500, 4);

    IntStream.range(0, 3).forEach(_ -> loop.advance(INTERVAL));
    answer(host(set, 0), 500, 4);
    loop.runTasks();

    assertThat(ejected(set, 0)).isFalse();
  }

  @Test
  void anActivePassEndsAnEjection() {
    var set = hosts(10, null);
    var detector = detector(OutlierSpecs.DEFAULT, set);
    answer(host(set, 0), 500, 5);
    loop.runTasks();

    detector.onActivePass(host(set, 0));

    assertThat(ejected(set, 0)).isFalse();
  }

  @Test
  void forgetsHostsThatAreGone() {
    var set = hosts(10, null);
    var detector = detector(OutlierSpecs.DEFAULT, set);
    answer(host(set, 9), 500, 5);
    loop.runTasks();
    var gone = host(set, 9);
    answer(host(set, 8), 500, 5);

    detector.watch(hosts(8, set));
    loop.runTasks(); // what was reported of the other

    assertThat(gone.results()).isSameAs(AttemptResults.IGNORED);
    assertThat(stat("ejections_active")).isZero();
    assertThat(stat("ejections_overflow")).isZero();
  }

  @Test
  void leavesNothingBehind() {
    var set = hosts(10, null);
    var detector = detector(OutlierSpecs.DEFAULT, set);
    answer(host(set, 0), 500, 5);
    loop.runTasks();

    detector.close();

    assertThat(ejected(set, 0)).isFalse();
    assertThat(loop.armedTimers()).isZero();
    assertThat(StatsText.of(registry, new StatFilter(false, _ -> true))).isEmpty();
  }
}
