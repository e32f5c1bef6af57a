package dev.outrider.proxy.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatValue;
import org.junit.jupiter.api.Test;

class FloodGuardTest {
  private final MetricRegistry registry = new MetricRegistry(1);
  private final FloodGuard guard =
      new FloodGuard(Http2Options.DEFAULT, registry.owner(Http2Stats.TEMPLATE, "http2").cells(0));

  @Test
  void windowUpdatesAreAllowedForStreamsAndForDataThatWasSent() {
    guard.streamOpened();
    guard.sending(FrameTypes.DATA);

    for (var i = 0; i < 5 + 2 * (1 + 10); i++) {
      assertThat(guard.received(FrameTypes.WINDOW_UPDATE, false, 4)).isEqualTo(-1);
    }

    assertThat(guard.received(FrameTypes.WINDOW_UPDATE, false, 4))
        .isEqualTo(Http2Stats.INBOUND_WINDOW_UPDATE_FRAMES_FLOOD);
  }

  @Test
  void framesThatHaveLeftCountNoMore() {
    send(FrameTypes.PING, 1_000);
    assertThat(guard.waiting()).isEqualTo(-1);
    guard.flushed(17_000, 17_000);
    assertThat(gauge("http2.outbound_frames_active")).isEqualTo(1_000);
    assertThat(gauge("http2.outbound_control_frames_active")).isEqualTo(1_000);
    guard.flushed(17_000, 0);
    assertThat(gauge("http2.outbound_frames_active")).isZero();

    send(FrameTypes.PING, 1_001);

    assertThat(guard.waiting()).isEqualTo(Http2Stats.OUTBOUND_CONTROL_FLOOD);
  }

  @Test
  void aPeerThatReadsSlowlyIsNotTakenForOneThatDoesNotRead() {
    for (var flush = 1; flush <= 200; flush++) {
      send(FrameTypes.DATA, 1_000);
      guard.flushed(flush * 1_000L, 2_000); // the last two flushes are still here
      assertThat(guard.waiting()).isEqualTo(-1);
    }
  }

  @Test
  void framesOfAPeerThatDoesNotReadAddUpOverManyFlushes() {
    for (var flush = 1; flush <= 100; flush++) {
      send(FrameTypes.DATA, 100);
      guard.flushed(flush * 100L, flush * 100L);
      assertThat(guard.waiting()).isEqualTo(-1);
    }

    send(FrameTypes.DATA, 1);

    assertThat(guard.waiting()).isEqualTo(Http2Stats.OUTBOUND_FLOOD);
  }

  private void send(int type, int frames) {
    for (var i = 0; i < frames; i++) {
      guard.sending(type);
    }
  }

  @Test
  void framesThatNeverLeaveAreForgottenWithTheirConnection() {
    send(FrameTypes.DATA, 3);
    guard.flushed(51, 51);
    assertThat(gauge("http2.outbound_frames_active")).isEqualTo(3);
    assertThat(gauge("http2.outbound_control_frames_active")).isZero();

    guard.close();

    assertThat(gauge("http2.outbound_frames_active")).isZero();
  }

  private long gauge(String name) {
    return registry.snapshot().stream()
        .filter(value -> value.name().equals(name))
        .mapToLong(value -> ((StatValue.Scalar) value).value())
        .sum();
  }
}
