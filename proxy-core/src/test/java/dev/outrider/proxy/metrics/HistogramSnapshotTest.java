package dev.outrider.proxy.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/// Expected numbers are those of Envoy 1.40 for the same values.
class HistogramSnapshotTest {

  private static HistogramSnapshot of(long... values) {
    var histogram = new Histogram();
    for (var value : values) {
      histogram.record(value);
    }
    return histogram.snapshot();
  }

  @Test
  void placesOneValueInTheMiddleOfItsBucket() {
    assertThat(of(4).quantile(0)).isEqualTo(4.05);
    assertThat(of(4).quantile(100)).isEqualTo(4.05);
    assertThat(of(456).quantile(50)).isEqualTo(455);
  }

  @Test
  void spreadsValuesOfOneBucketEvenly() {
    var snapshot = of(351, 352, 353, 354);

    assertThat(snapshot.quantile(0)).isEqualTo(352);
    assertThat(snapshot.quantile(25)).isEqualTo(352);
    assertThat(snapshot.quantile(50)).isEqualTo(354);
    assertThat(snapshot.quantile(75)).isEqualTo(356);
    assertThat(snapshot.quantile(90)).isEqualTo(358);
    assertThat(snapshot.quantile(100)).isEqualTo(358);
  }

  @Test
  void takesTheRankRoundedUp() {
    var snapshot = of(355, 365, 385);

    assertThat(snapshot.quantile(25)).isEqualTo(355);
    assertThat(snapshot.quantile(50)).isEqualTo(365);
    assertThat(snapshot.quantile(75)).isEqualTo(385);
  }

  @Test
  void takesNoRankTooHighForWhatAFractionCannotSay() {
    var values = new long[1_000];
    java.util.Arrays.fill(values, 1);
    values[999] = 500;

    assertThat(of(values).quantile(99.9)).isLessThan(2);
    assertThat(of(values).quantile(100)).isEqualTo(505);
  }

  @Test
  void keepsZeroExact() {
    assertThat(of(0, 0, 0).quantile(99)).isZero();
    assertThat(of(0).sum()).isZero();
  }

  @Test
  void sumsBucketsAtTheirBalancedMiddle() {
    var values = new long[26];
    java.util.Arrays.fill(values, 17, 21, 1);
    values[21] = 2;
    values[22] = 3;
    values[23] = 4;
    values[24] = 4;
    values[25] = 56;

    var snapshot = of(values);

    assertThat(snapshot.sum()).isCloseTo(73.88277765948763, within(1e-12));
    assertThat(snapshot.countUpTo(0.5)).isEqualTo(17);
    assertThat(snapshot.countUpTo(1)).isEqualTo(21);
    assertThat(snapshot.countUpTo(5)).isEqualTo(25);
    assertThat(snapshot.countUpTo(100)).isEqualTo(26);
  }

  @Test
  void holdsTheLargestValue() {
    assertThat(of(Long.MAX_VALUE).count()).isEqualTo(1);
    assertThat(of(Long.MAX_VALUE).quantile(50)).isCloseTo(9.25e18, within(1e12));
  }
}
