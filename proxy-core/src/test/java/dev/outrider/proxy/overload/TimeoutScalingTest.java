package dev.outrider.proxy.overload;

import static dev.outrider.proxy.overload.ScaledTimeout.HTTP_DOWNSTREAM_CONNECTION_IDLE;
import static dev.outrider.proxy.overload.ScaledTimeout.HTTP_DOWNSTREAM_STREAM_IDLE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.overload.TimeoutScaling.Least;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimeoutScalingTest {
  private static TimeoutScaling scaling(double pressure) {
    return new TimeoutScaling(
        pressure,
        Map.of(
            HTTP_DOWNSTREAM_CONNECTION_IDLE, new Least.Millis(1_000),
            HTTP_DOWNSTREAM_STREAM_IDLE, new Least.Share(0.1)));
  }

  @ParameterizedTest
  @CsvSource({"0, 9000, 9000", "0.5, 5000, 4950", "1, 1000, 900"})
  void liesBetweenTheLeastAndWhatIsConfigured(double pressure, long byMillis, long byShare) {
    assertThat(scaling(pressure).millis(HTTP_DOWNSTREAM_CONNECTION_IDLE, 9_000))
        .isEqualTo(byMillis);
    assertThat(scaling(pressure).millis(HTTP_DOWNSTREAM_STREAM_IDLE, 9_000)).isEqualTo(byShare);
  }

  @Test
  void makesNothingLongerAndNoneOfNone() {
    assertThat(scaling(1).millis(HTTP_DOWNSTREAM_CONNECTION_IDLE, 10)).isEqualTo(10);
    assertThat(scaling(1).millis(HTTP_DOWNSTREAM_CONNECTION_IDLE, 0)).isZero();
    assertThat(scaling(1).millis(ScaledTimeout.TRANSPORT_SOCKET_CONNECT, 10)).isEqualTo(10);
  }

  @Test
  void movesConnectionsOnlyIfATimeoutOfTheirsIsAnotherOne() {
    var ofStreams = Map.<ScaledTimeout, Least>of(HTTP_DOWNSTREAM_STREAM_IDLE, new Least.Share(0.1));
    var ofAge =
        Map.<ScaledTimeout, Least>of(
            ScaledTimeout.HTTP_DOWNSTREAM_CONNECTION_MAX, new Least.Share(0.1));

    assertThat(TimeoutScaling.NONE.movesConnections(scaling(0.1))).isTrue();
    assertThat(scaling(0.1).movesConnections(scaling(0.2))).isTrue();
    assertThat(scaling(0.1).movesConnections(TimeoutScaling.NONE)).isTrue();
    assertThat(TimeoutScaling.NONE.movesConnections(new TimeoutScaling(1, ofAge))).isTrue();
    assertThat(scaling(0.1).movesConnections(scaling(0.1))).isFalse();
    assertThat(TimeoutScaling.NONE.movesConnections(new TimeoutScaling(1, ofStreams))).isFalse();
  }

  @Test
  void saysByHowMuchARunningOneMoves() {
    assertThat(scaling(0).shift(HTTP_DOWNSTREAM_CONNECTION_IDLE, 9_000, scaling(1)))
        .isEqualTo(-8_000);
    assertThat(scaling(1).shift(HTTP_DOWNSTREAM_CONNECTION_IDLE, 9_000, scaling(0.5)))
        .isEqualTo(4_000);
  }
}
