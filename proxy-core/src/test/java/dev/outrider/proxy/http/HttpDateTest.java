package dev.outrider.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.loop.Clock;
import org.junit.jupiter.api.Test;

class HttpDateTest {
  private static final class StoppedClock implements Clock {
    private long micros = 1_795_364_205_999_999L;

    @Override
    public long nanoTime() {
      return 0;
    }

    @Override
    public long epochMicros() {
      return micros;
    }
  }

  @Test
  void followsTheClockAndKeepsADateThatIsThere() {
    var clock = new StoppedClock();
    var date = new HttpDate(clock);
    var head = new HeadStores().take(HeadKind.RESPONSE);

    date.addTo(head);
    assertThat(head.get(HeaderNames.DATE)).isEqualTo("Sun, 22 Nov 2026 16:16:45 GMT");

    clock.micros++;
    date.addTo(head);
    assertThat(head.get(HeaderNames.DATE)).isEqualTo("Sun, 22 Nov 2026 16:16:45 GMT");

    head.remove(HeaderNames.DATE);
    date.addTo(head);
    assertThat(head.get(HeaderNames.DATE)).isEqualTo("Sun, 22 Nov 2026 16:16:46 GMT");
    head.release();
  }
}
