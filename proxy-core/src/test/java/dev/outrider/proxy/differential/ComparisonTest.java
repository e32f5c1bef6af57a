package dev.outrider.proxy.differential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.differential.Comparison.Difference;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final Map<String, String> OK =
      Map.of("status", "HTTP/1.1 200 OK", "log.flags", "-", "log.details", "d", "fate", "kept");
  private static final Map<String, String> REFUSED =
      Map.of(
          "status",
          "HTTP/1.1 400 Bad Request",
          "log.flags",
          "DPE",
          "log.details",
          "e",
          "fate",
          "closed");

  @Test
  void failsForADifferenceThatIsNotListed() {
    var comparison = Comparison.of(Map.of(), Map.of("body", "a"), Map.of("body", "b"));

    assertThat(comparison.failed()).isTrue();
    assertThat(comparison.unlisted()).containsExactly(new Difference("body", "a", "b"));
  }

  @Test
  void acceptsADifferenceThatIsListedWithBothValues() {
    var pins = Map.of("body", new Listed("a", "b", "why"));

    var comparison = Comparison.of(pins, Map.of("body", "a"), Map.of("body", "b"));

    assertThat(comparison.failed()).isFalse();
    assertThat(comparison.listed()).containsExactly(new Difference("body", "a", "b"));
  }

  @Test
  void failsForAListedDifferenceThatIsGone() {
    var pins = Map.of("body", new Listed("a", "b", "why"));

    var comparison = Comparison.of(pins, Map.of("body", "a"), Map.of("body", "a"));

    assertThat(comparison.failed()).isTrue();
    assertThat(comparison.stale()).containsExactly("body");
  }

  @Test
  void failsForAListedDifferenceWithAnotherValue() {
    var pins = Map.of("body", new Listed("a", "b", "why"));

    var comparison = Comparison.of(pins, Map.of("body", "a"), Map.of("body", "c"));

    assertThat(comparison.unlisted()).containsExactly(new Difference("body", "a", "c"));
  }

  @Test
  void takesAListedOutcomeForAllThatFollowsFromIt() {
    var pins = Map.of("outcome", new Listed("200 - d kept", "400 DPE e closed", "stricter"));

    var comparison = Comparison.of(pins, OK, REFUSED);

    assertThat(comparison.failed()).isFalse();
    assertThat(comparison.listed()).extracting(Difference::field).containsExactly("outcome");
  }

  @Test
  void failsForAListedOutcomeThatIsGone() {
    var pins = Map.of("outcome", new Listed("200 - d kept", "400 DPE e closed", "stricter"));

    assertThat(Comparison.of(pins, OK, OK).stale()).containsExactly("outcome");
  }

  @Test
  void comparesHeadersOneByOneAndTheirOrderLast() {
    var values =
        Comparison.of(
            Map.of(), Map.of("headers", "a: 1\nb: 2\na: 3"), Map.of("headers", "a: 1\nc: 4"));
    var order =
        Comparison.of(Map.of(), Map.of("headers", "a: 1\nb: 2"), Map.of("headers", "b: 2\na: 1"));

    assertThat(values.unlisted())
        .containsExactly(
            new Difference("header.a", "1 | 3", "1"),
            new Difference("header.b", "2", "-"),
            new Difference("header.c", "-", "4"));
    assertThat(order.unlisted()).containsExactly(new Difference("header-order", "a b", "b a"));
  }

  @Test
  void failsForACaseThatHangsOnBoth() {
    var hung = Map.of("problem", "nothing within 15 s");

    assertThat(Comparison.of(Map.of(), hung, hung).failed()).isTrue();
  }
}
