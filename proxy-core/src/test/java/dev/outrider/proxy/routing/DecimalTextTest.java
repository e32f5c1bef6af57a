package dev.outrider.proxy.routing;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DecimalTextTest {

  private static boolean between(String text, long least, long limit) {
    var bytes = text.getBytes(US_ASCII);
    return DecimalText.isBetween(bytes, 0, bytes.length, least, limit);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "+5, 5",
    "' 5 ', 5",
    "-5, -5",
    "0000000000000000000000005, 5",
    "9223372036854775806, 9223372036854775806",
    "-9223372036854775808, -9223372036854775808",
  })
  void readsSignedNumbers(String text, long value) {
    assertThat(between(text, value, value + 1)).isTrue();
    assertThat(between(text, value + 1, Long.MAX_VALUE)).isFalse();
    assertThat(between(text, Long.MIN_VALUE, value)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "+", "-", "x", "5x", "1 2", "--1", "0x10", "1.0", "9223372036854775808"})
  void readsNothingElse(String text) {
    assertThat(between(text, Long.MIN_VALUE, Long.MAX_VALUE)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "18446744073709551615, -1",
    "18446744073709551616, 77",
    "-1, 77",
    "+7, 7",
    "'', 77",
  })
  void readsUnsignedNumbers(String text, long value) {
    var bytes = text.getBytes(US_ASCII);

    assertThat(DecimalText.unsigned(bytes, 0, bytes.length, 77)).isEqualTo(value);
  }
}
