package dev.outrider.proxy.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import org.junit.jupiter.api.Test;

class StreamTimesTest {
  private final StreamTimes times = new StreamTimes();

  @Test
  void keepsEveryPointApart() {
    times.started(1, 100);
    var nanos = 1_000;
    for (var point : TimePoint.values()) {
      assertThat(times.has(point)).isFalse();
      times.mark(point, nanos++);
    }

    var seen = new HashSet<Long>();
    for (var point : TimePoint.values()) {
      seen.add(times.nanosSinceStart(point));
    }
    assertThat(seen).hasSize(TimePoint.values().length).contains(900L);
  }

  @Test
  void forgetsWhatAnAbandonedAttemptLeft() {
    times.started(1, 0);
    for (var point : TimePoint.values()) {
      times.mark(point, 5);
    }

    times.forgetUpstream();

    for (var point : TimePoint.values()) {
      assertThat(times.has(point)).isEqualTo(!point.name().startsWith("UPSTREAM"));
    }
  }

  @Test
  void hasNoDurationBeforeTheEnd() {
    times.started(1, 40);
    assertThat(times.durationNanos()).isEqualTo(-1);

    times.ended(100);

    assertThat(times.durationNanos()).isEqualTo(60);
  }
}
