package dev.outrider.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HoldSetTest {
  private final HoldSet holds = new HoldSet();

  @Test
  void stopsAtTheFirstCauseAndGoesOnAfterTheLast() {
    assertThat(holds.hold(Hold.SINK)).isTrue();
    assertThat(holds.hold(Hold.SINK)).isFalse();
    assertThat(holds.hold(Hold.FILTER)).isFalse();
    assertThat(holds.heldBy(Hold.FILTER)).isTrue();

    assertThat(holds.release(Hold.SINK)).isFalse();
    assertThat(holds.release(Hold.SINK)).isFalse();
    assertThat(holds.held()).isTrue();
    assertThat(holds.release(Hold.FILTER)).isTrue();
    assertThat(holds.release(Hold.FILTER)).isFalse();
    assertThat(holds.held()).isFalse();
  }
}
