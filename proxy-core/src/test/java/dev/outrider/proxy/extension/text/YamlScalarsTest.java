package dev.outrider.proxy.extension.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class YamlScalarsTest {

  @ParameterizedTest
  @ValueSource(strings = {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})
  void readsTheWordsForTrue(String text) {
    assertThat(YamlScalars.plain(text, 1, 1)).isEqualTo(new ConfigNode.Flag(true, 1, 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})
  void readsTheWordsForFalse(String text) {
    assertThat(YamlScalars.plain(text, 1, 1)).isEqualTo(new ConfigNode.Flag(false, 1, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "~", "null", "Null", "NULL"})
  void readsTheWordsForNothing(String text) {
    assertThat(YamlScalars.plain(text, 1, 1)).isEqualTo(new ConfigNode.Nothing(1, 1));
  }

  @ParameterizedTest
  @CsvSource({
    "0,0",
    "7,7",
    "-12,-12",
    "+5,5",
    "010,8",
    "0x10,16",
    "0XfF,255",
    "-0x10,-16",
    "2147483647,2147483647",
    "-2147483648,-2147483648"
  })
  void readsIntegersAsCDoes(String text, String decimal) {
    assertThat(YamlScalars.plain(text, 1, 1)).isEqualTo(new ConfigNode.Digits(decimal, 1, 1));
  }

  @ParameterizedTest
  @CsvSource({"2147483648,2147483648", "0x1FFFFFFFF,8589934591", "-2147483649,-2147483649"})
  void keepsIntegersBeyondThirtyTwoBitsAsDecimalText(String text, String decimal) {
    assertThat(YamlScalars.plain(text, 1, 1)).isEqualTo(new ConfigNode.Text(decimal, 1, 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.0",
        ".5",
        "1e3",
        "12345678901234567890",
        "2026-01-31",
        "08",
        "0x",
        "-",
        "+",
        "1_000",
        "0b1",
        "0o17",
        "tRUE",
        "yEs",
        "truely",
        "- 5",
        "1:30",
        "nULL",
        "½"
      })
  void keepsEverythingElseAsText(String text) {
    assertThat(YamlScalars.plain(text, 1, 1)).isEqualTo(new ConfigNode.Text(text, 1, 1));
  }
}
