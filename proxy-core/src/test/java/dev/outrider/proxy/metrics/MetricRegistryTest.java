package dev.outrider.proxy.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class MetricRegistryTest {
  private static final StatTemplate.Definition STATS = StatTemplate.define();
  private static final int TOTAL = STATS.hotCounter("rq_total");
  private static final int ACTIVE = STATS.hotGauge("rq_active");
  private static final int FAILED = STATS.counter("cx_fail");
  private static final int MEMBERS = STATS.gauge("members");
  private static final int CODES = STATS.responseCodes("rq_", "external.rq_");
  private static final int TIME = STATS.histogram("rq_time");
  private static final StatTemplate TEMPLATE = STATS.template();

  private final MetricRegistry registry = new MetricRegistry(3);

  @Test
  void sumsTheCellsOfAllLoops() {
    var owner = registry.owner(TEMPLATE, "cluster.a");

    owner.cells(0).inc(TOTAL);
    owner.cells(2).add(TOTAL, 5);
    owner.cells(0).inc(ACTIVE);
    owner.cells(0).inc(ACTIVE);
    owner.cells(0).dec(ACTIVE);
    owner.cells(1).inc(FAILED);
    owner.cells(2).inc(FAILED);

    assertThat(owner.value(TOTAL)).isEqualTo(6);
    assertThat(owner.value(ACTIVE)).isEqualTo(1);
    assertThat(owner.value(FAILED)).isEqualTo(2);
  }

  @Test
  void showsTheShareOfEachWorkerBesideTheWhole() {
    var definition = StatTemplate.define();
    var total = definition.hotCounterByWorker("cx_total");
    var active = definition.hotGaugeByWorker("cx_active");
    var owner = registry.owner(definition.template(), "listener.l");
    owner.cells(0).inc(total);
    owner.cells(1).add(total, 2);
    owner.cells(1).inc(active);
    owner.cells(2).inc(total);

    assertThat(StatsText.of(registry, StatFilter.ALL))
        .isEqualTo(
            """
            listener.l.cx_active: 1
            listener.l.cx_total: 4
            listener.l.worker_0.cx_active: 0
            listener.l.worker_0.cx_total: 1
            listener.l.worker_1.cx_active: 1
            listener.l.worker_1.cx_total: 2
            """);
  }

  @Test
  void showsATimingUnderAllItsNamesFromItsFirstValueOn() {
    var definition = StatTemplate.define();
    var time = definition.timing("rq_time", "external.rq_time");
    var owner = registry.owner(definition.template(), "cluster.a");
    assertThat(StatsText.of(registry, StatFilter.ALL)).isEmpty();

    owner.cells(0).record(time, 3);

    assertThat(
            StatsText.of(registry, StatFilter.ALL)
                .lines()
                .map(line -> line.substring(0, line.indexOf(':'))))
        .containsExactly("cluster.a.external.rq_time", "cluster.a.rq_time");
  }

  @Test
  void printsZerosFromTheTemplate() {
    registry.owner(TEMPLATE, "cluster.a");

    assertThat(StatsText.of(registry, StatFilter.ALL))
        .isEqualTo(
            """
            cluster.a.cx_fail: 0
            cluster.a.members: 0
            cluster.a.rq_active: 0
            cluster.a.rq_total: 0
            cluster.a.rq_time: No recorded values
            """);
  }

  @Test
  void printsOnlyWhatWasUsedIfAsked() {
    var owner = registry.owner(TEMPLATE, "cluster.a");
    owner.cells(0).inc(ACTIVE);
    owner.cells(0).dec(ACTIVE);
    owner.set(MEMBERS, 0);
    registry.counter("never");
    registry.gauge("set").set(0);

    assertThat(StatsText.of(registry, new StatFilter(true, _ -> true)))
        .isEqualTo(
            """
            cluster.a.members: 0
            cluster.a.rq_active: 0
            set: 0
            """);
  }

  @Test
  void countsCodesWithTheirClassAndCopies() {
    var owner = registry.owner(TEMPLATE, "c");
    owner.cells(0).countCode(CODES, 200);
    owner.cells(1).countCode(CODES, 200);
    owner.cells(1).countCode(CODES, 503);
    owner.cells(1).countCode(CODES, 404);
    owner.cells(1).countCode(CODES, 201);

    assertThat(StatsText.of(registry, new StatFilter(true, name -> name.startsWith("c.rq_"))))
        .isEqualTo(
            """
            c.rq_200: 2
            c.rq_201: 1
            c.rq_2xx: 3
            c.rq_404: 1
            c.rq_4xx: 1
            c.rq_503: 1
            c.rq_5xx: 1
            c.rq_completed: 5
            """);
    assertThat(StatsText.of(registry, StatFilter.ALL)).contains("c.external.rq_completed: 5\n");
  }

  @Test
  void sharesAnOwnerUntilItsLastLeaseEnds() {
    var first = registry.owner(TEMPLATE, "cluster.a");
    var second = registry.owner(TEMPLATE, "cluster.a");
    first.cells(0).inc(TOTAL);

    assertThat(second).isSameAs(first);
    first.release();
    assertThat(StatsText.of(registry, StatFilter.ALL)).contains("cluster.a.rq_total: 1");
    second.release();
    assertThat(StatsText.of(registry, StatFilter.ALL)).isEmpty();
    assertThat(registry.owner(TEMPLATE, "cluster.a").value(TOTAL)).isZero();
  }

  @Test
  void showsTheIntervalOfTheLastFlushBesideAllOfIt() {
    var cells = registry.owner(TEMPLATE, "h").cells(1);
    cells.record(TIME, 4);

    assertThat(registry.snapshot()).last().isInstanceOf(StatValue.Distribution.class);
    assertThat(StatsText.of(registry, new StatFilter(true, _ -> true)))
        .contains("P0(nan,4.05) P25(nan,4.05)");

    registry.flush();
    cells.record(TIME, 0);
    registry.flush();
    assertThat(StatsText.of(registry, new StatFilter(true, _ -> true)))
        .isEqualTo(
            "h.rq_time: P0(0,0) P25(0,0) P50(0,0) P75(0,4.05) P90(0,4.05) P95(0,4.05) P99(0,4.05)"
                + " P99.5(0,4.05) P99.9(0,4.05) P100(0,4.05)\n");

    registry.flush();
    assertThat(StatsText.of(registry, new StatFilter(true, _ -> true))).contains("P50(nan,0)");
  }

  @Test
  void printsTextsFirstAndGaugesUnsigned() {
    registry.text("control_plane.identifier", () -> "demo");
    registry.gauge("a").set(-100);

    assertThat(StatsText.of(registry, StatFilter.ALL))
        .isEqualTo("control_plane.identifier: \"demo\"\na: 18446744073709551516\n");
  }

  @Test
  void refusesColdAccessToWhatIsCountedPerLoop() {
    var owner = registry.owner(TEMPLATE, "x");

    assertThatThrownBy(() -> owner.add(TOTAL, 1)).hasMessageContaining("x.rq_total");
  }

  @Test
  void losesNothingWhenManyThreadsStartACode() throws InterruptedException {
    var owner = registry.owner(TEMPLATE, "y");
    var threads =
        List.of(0, 1, 2).stream()
            .map(
                loop ->
                    Thread.ofPlatform()
                        .start(
                            () -> {
                              for (var i = 0; i < 60_000; i++) {
                                owner.cells(loop).countCode(CODES, 100 + i % 500);
                                owner.cells(loop).inc(FAILED);
                              }
                            }))
            .toList();
    for (var thread : threads) {
      thread.join();
    }

    assertThat(owner.value(FAILED)).isEqualTo(180_000);
    assertThat(StatsText.of(registry, StatFilter.ALL))
        .contains("y.rq_completed: 180000\n", "y.rq_599: 360\n");
  }
}
