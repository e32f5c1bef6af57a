package dev.outrider.proxy.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class XxHashTest {

  /// Versions and numbers as a real Envoy 1.40 showed them.
  @Test
  void agreesWithEnvoyOnShortVersions() {
    assertThat(Long.toUnsignedString(XxHash.of("4"))).isEqualTo("10464417414901951369");
    assertThat(Long.toUnsignedString(XxHash.of("6"))).isEqualTo("1310192797669293303");
    assertThat(Long.toUnsignedString(XxHash.of("8"))).isEqualTo("12485775574321252452");
    assertThat(Long.toUnsignedString(XxHash.of("10"))).isEqualTo("5424679272531918615");
  }

  @Test
  void agreesWithTheAlgorithmsOwnVectors() {
    assertThat(XxHash.of("")).isEqualTo(0xEF46DB3751D8E999L);
    assertThat(XxHash.of("a")).isEqualTo(0xD24EC4F1A98C6E5BL);
    assertThat(XxHash.of("abc")).isEqualTo(0x44BC2CF5AD770999L);
    assertThat(XxHash.of("The quick brown fox jumps over the lazy dog"))
        .isEqualTo(0x0B242D361FDA71BCL);
  }

  /// The reference implementation's self-test, and Envoy's test of several texts in a row.
  @Test
  void takesASeedAndARange() {
    assertThat(XxHash.of(new byte[0], 0, 0, 2654435761L)).isEqualTo(0xAC75FDA2929B17EFL);

    var text = "  foobar ".getBytes(StandardCharsets.US_ASCII);
    var foo = XxHash.of(text, 2, 3, 0);
    assertThat(Long.toUnsignedString(XxHash.of(text, 5, 3, foo))).isEqualTo("17745830980996999794");
  }
}
