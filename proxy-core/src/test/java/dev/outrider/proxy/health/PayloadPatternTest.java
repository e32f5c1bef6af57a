package dev.outrider.proxy.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PayloadPatternTest {
  private static boolean matches(String answer, String... pieces) {
    return new PayloadPattern(Arrays.stream(pieces).map(PayloadPatternTest::bytes).toList())
        .matches(bytes(answer));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void findsItsPiecesAnywhere() {
    assertThat(matches("all is well", "well")).isTrue();
    assertThat(matches("all is well", "all", "well")).isTrue();
    assertThat(matches("all is bad", "well")).isFalse();
    assertThat(matches("", "well")).isFalse();
  }

  @Test
  void wantsThemOneBehindTheOther() {
    assertThat(matches("ab", "b", "a")).isFalse();
    assertThat(matches("aba", "b", "a")).isTrue();
    assertThat(matches("ab", "ab", "b")).isFalse();
  }

  @Test
  void takesAnythingIfItWantsNothing() {
    assertThat(PayloadPattern.ANY.matches(bytes("x"))).isTrue();
  }
}
