package dev.outrider.proxy.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What Envoy 1.40 makes of the same values.
class RuntimeSnapshotTest {
  private static final String KEY = "k";

  private static RuntimeSnapshot of(RuntimeValue value) {
    return new RuntimeSnapshot(List.of(new RuntimeLayer("l", Map.of(KEY, value))));
  }

  @ParameterizedTest
  @CsvSource({
    "100, 100",
    "'100\n', 100",
    "99.9, 99",
    "4000, 4000",
    "-5, -1",
    "true, -1",
    "text, -1",
    "'\"100\"', -1",
    "1e3, 1000",
    "'', -1",
    "5x, -1"
  })
  void readsWholeNumbers(String text, long expected) {
    assertThat(of(RuntimeValue.ofText(text)).integer(KEY, -1)).isEqualTo(expected);
  }

  @Test
  void readsNumbersAndTruths() {
    assertThat(of(RuntimeValue.ofText("1.5")).number(KEY, 7)).isEqualTo(1.5);
    assertThat(of(RuntimeValue.ofText("x")).number(KEY, 7)).isEqualTo(7);
    assertThat(of(RuntimeValue.ofText("false")).flag(KEY, true)).isFalse();
    assertThat(of(RuntimeValue.ofText("TRUE")).flag(KEY, false)).isTrue();
    assertThat(of(RuntimeValue.ofText("0")).flag(KEY, true)).isFalse();
    assertThat(of(RuntimeValue.ofText("1")).flag(KEY, false)).isTrue();
    assertThat(of(RuntimeValue.ofText("no")).flag(KEY, true)).isTrue();
    assertThat(of(RuntimeValue.ofString("false")).flag(KEY, true)).as("in a message").isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "100, true",
    "99, false",
    "4000, true",
    "'{numerator: 1000000, denominator: MILLION}', true",
    "'numerator: 100', true",
    "'numerator: 99', false",
    "'{\"denominator\": \"TEN_THOUSAND\", \"numerator\": 9999}', false",
    "'{numerator: 1, denominator: 3}', false",
    "true, false",
    "'numerator: MILLION', false"
  })
  void readsShares(String text, boolean allTaken) {
    var runtime = of(RuntimeValue.ofText(text));
    var last = text.contains("MILLION") ? 999_999 : text.contains("TEN") ? 9_999 : 99;

    assertThat(runtime.takes(KEY, 0, 100, last)).isEqualTo(allTaken);
  }

  @Test
  void whatIsConfiguredCountsWithoutAValue() {
    assertThat(RuntimeSnapshot.EMPTY.takes(KEY, 5, 10_000, 4)).isTrue();
    assertThat(RuntimeSnapshot.EMPTY.takes(KEY, 5, 10_000, 5)).isFalse();
    assertThat(of(RuntimeValue.of(0)).takes("", 5, 10_000, 4)).as("no key").isTrue();
    assertThat(RuntimeSnapshot.EMPTY.takes(KEY, 16, 100, -1)).as("2^64-1 is 15").isTrue();
    assertThat(RuntimeSnapshot.EMPTY.takes(KEY, 15, 100, -1)).isFalse();
  }

  @Test
  void aLaterLayerCountsBeforeAnEarlierOne() {
    var runtime =
        new RuntimeSnapshot(
            List.of(
                new RuntimeLayer("1", Map.of("a", RuntimeValue.of(1), "b", RuntimeValue.of(1))),
                new RuntimeLayer("2", Map.of("b", RuntimeValue.of(2)))));

    assertThat(runtime.integer("a", 0)).isEqualTo(1);
    assertThat(runtime.integer("b", 0)).isEqualTo(2);
    assertThat(runtime.integer("c", 3)).isEqualTo(3);
  }

  @Test
  void writesNumbersAsTheyWere() {
    assertThat(RuntimeValue.of(3).text()).isEqualTo("3");
    assertThat(RuntimeValue.of(1.5).text()).isEqualTo("1.5");
    assertThat(RuntimeValue.of(12345678901.0).text()).isEqualTo("12345678901");
  }
}
