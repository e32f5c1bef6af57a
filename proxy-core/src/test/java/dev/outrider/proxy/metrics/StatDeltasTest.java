package dev.outrider.proxy.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatDeltasTest {
  private final MetricRegistry registry = new MetricRegistry(1);
  private final StatDeltas deltas = new StatDeltas(registry);

  private List<String> next() {
    return deltas.next().changes().stream()
        .map(value -> value.name() + "=" + value.value())
        .toList();
  }

  @Test
  void tellsOfCountersWhatCameAndOfGaugesWhatIs() {
    var counter = registry.counter("c");
    var gauge = registry.gauge("g");
    counter.add(5);
    gauge.set(7);
    assertThat(next()).containsExactly("c=5", "g=7");

    counter.add(2);
    assertThat(next()).containsExactly("c=2", "g=7");

    assertThat(next()).containsExactly("c=0", "g=7");
  }

  @Test
  void anIntervalGoesOnWhileItIsOnlyLookedAt() {
    registry.counter("c").add(5);
    assertThat(deltas.look().changes()).extracting(StatValue.Scalar::value).containsExactly(5L);
    registry.counter("c").add(2);
    assertThat(deltas.look().changes()).extracting(StatValue.Scalar::value).containsExactly(7L);

    registry.counter("c").add(1);
    deltas.end(); // what was looked at, not what came since

    assertThat(next()).containsExactly("c=1");
  }

  @Test
  void leavesOutWhatWasNeverUsedAndWhatIsNotShown() {
    var _ = registry.counter("unused");
    registry.counter("hidden").add(1);
    registry.histogram("h").record(1);
    registry.text("t", () -> "x");
    registry.show(new StatsRules(null, List.of(), name -> !name.equals("hidden"), List.of()));

    assertThat(next()).isEmpty();
  }

  @Test
  void beginsAgainWhereACounterWasSetToZero() {
    registry.counter("c").add(5);
    var _ = next();

    registry.resetCounters();
    registry.counter("c").add(2);

    assertThat(next()).containsExactly("c=2");
  }

  @Test
  void countsWhatLoopsCountInTheirCells() {
    var template = StatTemplate.define();
    var hot = template.hotCounter("hot");
    var owner = registry.owner(template.template(), "cluster.a");
    owner.cells(0).add(hot, 3);

    assertThat(next()).containsExactly("cluster.a.hot=3");
    owner.cells(0).add(hot, 4);
    assertThat(next()).containsExactly("cluster.a.hot=4");
  }

  @Test
  void aListenerHearsEveryValueOfAHistogram() {
    var template = StatTemplate.define();
    var time = template.histogram("time_ms");
    var owner = registry.owner(template.template(), "cluster.a");
    var heard = new ArrayList<String>();
    registry.histogram("before").record(1);
    registry.listen((name, value) -> heard.add(name + "=" + value));

    registry.histogram("cold").record(9);
    owner.cells(0).record(time, 4);
    owner.cells(0).record(time, 4);

    assertThat(heard).containsExactly("cold=9", "cluster.a.time_ms=4", "cluster.a.time_ms=4");
  }
}
