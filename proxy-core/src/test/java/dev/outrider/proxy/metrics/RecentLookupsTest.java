package dev.outrider.proxy.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.metrics.RecentLookups.Lookup;
import org.junit.jupiter.api.Test;

class RecentLookupsTest {
  private final MetricRegistry registry = new MetricRegistry(1);
  private final RecentLookups lookups = registry.lookups();

  @Test
  void countsWithoutNamesUntilSomebodyWantsThem() {
    registry.counter("a");

    assertThat(lookups.latest()).isNull();
    assertThat(lookups.total()).isEqualTo(1);
  }

  @Test
  void tellsTheRarestFirst() {
    lookups.enable(true);

    registry.counter("often");
    registry.counter("often");
    registry.gauge("z");
    registry.histogram("b");
    registry.owner(StatTemplate.define().template(), "cluster.up");

    assertThat(lookups.latest())
        .containsExactly(
            new Lookup("b", 1),
            new Lookup("cluster.up", 1),
            new Lookup("z", 1),
            new Lookup("often", 2));
  }

  @Test
  void keepsTheLatestNamesOnly() {
    lookups.enable(true);

    for (int i = 0; i <= RecentLookups.MOST; i++) {
      registry.counter("c" + i);
    }

    assertThat(lookups.latest())
        .hasSize(RecentLookups.MOST)
        .doesNotContain(new Lookup("c0", 1))
        .contains(new Lookup("c1", 1), new Lookup("c" + RecentLookups.MOST, 1));
  }

  @Test
  void clearsCountAndNamesAndGoesOn() {
    lookups.enable(true);
    registry.counter("a");

    lookups.clear();
    registry.counter("b");

    assertThat(lookups.latest()).containsExactly(new Lookup("b", 1));
    assertThat(lookups.total()).isEqualTo(1);
  }
}
