package dev.outrider.proxy.http2;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SendSchedulerTest {
  private final SendScheduler scheduler = new SendScheduler();
  private final Http2Stream a = new Http2Stream();
  private final Http2Stream b = new Http2Stream();
  private final Http2Stream c = new Http2Stream();

  @Test
  void servesInTheOrderOfAskingAndEachOnce() {
    scheduler.add(a);
    scheduler.add(b);
    scheduler.add(a);

    assertThat(scheduler.poll()).isSameAs(a);
    scheduler.add(a);
    assertThat(scheduler.poll()).isSameAs(b);
    assertThat(scheduler.poll()).isSameAs(a);
    assertThat(scheduler.poll()).isNull();
  }

  @Test
  void forgetsAStreamWhereverItStands() {
    for (var gone : new Http2Stream[] {a, b, c}) {
      scheduler.add(a);
      scheduler.add(b);
      scheduler.add(c);

      scheduler.remove(gone);
      scheduler.add(gone); // now the last

      assertThat(scheduler.poll()).isNotSameAs(gone);
      assertThat(scheduler.poll()).isNotSameAs(gone);
      assertThat(scheduler.poll()).isSameAs(gone);
      assertThat(scheduler.isEmpty()).isTrue();
    }
  }

  @Test
  void aStreamThatWasOnlyInterruptedIsTheNext() {
    scheduler.add(a);
    scheduler.addFirst(b);

    assertThat(scheduler.poll()).isSameAs(b);
    assertThat(scheduler.poll()).isSameAs(a);
  }

  @Test
  void theWindowOfTheConnectionCannotOverflow() {
    scheduler.used(10);

    assertThat(scheduler.window()).isEqualTo(65_525);
    assertThat(scheduler.widen(Integer.MAX_VALUE - 65_525)).isTrue();
    assertThat(scheduler.widen(1)).isFalse();
  }
}
