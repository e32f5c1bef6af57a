package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.loop.FakeLoop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatValue;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StatsFlushTest {
  @Test
  void endsAnIntervalOfTheHistogramsAgainAndAgain() {
    var loop = new FakeLoop();
    var registry = new MetricRegistry(1);
    var histogram = registry.histogram("h");
    new StatsFlush(loop, registry, 5_000, () -> {}).start();
    histogram.record(7);
    assertThat(intervalCount(registry)).isEqualTo(-1);

    loop.advance(Duration.ofMillis(5_100));
    assertThat(intervalCount(registry)).isEqualTo(1);
    loop.advance(Duration.ofMillis(5_100));

    assertThat(intervalCount(registry)).isZero();
  }

  @Test
  void tellsTheSinksAtTheEndOfEachInterval() {
    var loop = new FakeLoop();
    var told = new AtomicInteger();
    var flush = new StatsFlush(loop, new MetricRegistry(1), 5_000, told::incrementAndGet);
    flush.start();

    flush.asked();
    assertThat(told).hasValue(0);
    loop.advance(Duration.ofMillis(5_100));
    assertThat(told).hasValue(1);
    loop.advance(Duration.ofMillis(5_100));
    assertThat(told).hasValue(2);
  }

  @Test
  void waitsUntilSomebodyAsksIfThatIsConfigured() {
    var loop = new FakeLoop();
    var told = new AtomicInteger();
    var flush = new StatsFlush(loop, new MetricRegistry(1), 0, told::incrementAndGet);
    flush.start();

    loop.advance(Duration.ofMinutes(1));
    assertThat(told).hasValue(0);
    flush.asked();

    assertThat(told).hasValue(1);
  }

  /// -1: no interval has ended yet.
  private static long intervalCount(MetricRegistry registry) {
    var distribution = (StatValue.Distribution) registry.snapshot().getFirst();
    var interval = distribution.interval();
    return interval == null ? -1 : interval.count();
  }
}
