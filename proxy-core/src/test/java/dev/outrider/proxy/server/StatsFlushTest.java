package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatValue;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StatsFlushTest {
  @Test
  void endsAnIntervalOfTheHistogramsAgainAndAgain() {
    var loop = new FakeLoop();
    var registry = new MetricRegistry(1);
    var histogram = registry.histogram("h");
    new StatsFlush(loop, registry, 5_000).start();
    histogram.record(7);
    assertThat(intervalCount(registry)).isEqualTo(-1);

    loop.advance(Duration.ofMillis(5_100));
    assertThat(intervalCount(registry)).isEqualTo(1);
    loop.advance(Duration.ofMillis(5_100));

    assertThat(intervalCount(registry)).isZero();
  }

  /// -1: no interval has ended yet.
  private static long intervalCount(MetricRegistry registry) {
    var distribution = (StatValue.Distribution) registry.snapshot().getFirst();
    var interval = distribution.interval();
    return interval == null ? -1 : interval.count();
  }
}
