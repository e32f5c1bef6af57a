package dev.outrider.proxy.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.HeaderName;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HeaderMatcherTest {
  private static final HeaderName NAME = HeaderName.of("x-h");
  private static final String ABSENT = "\0absent";

  /// Condition, the header's value, and whether it matches: plain, inverted, with missing as empty,
  /// with both.
  static Stream<Arguments> table() {
    return Stream.of(
        row(new ValueMatcher.Exact("abc", false), "abc", true, false, true, false),
        row(new ValueMatcher.Exact("abc", false), "ABC", false, true, false, true),
        row(new ValueMatcher.Exact("abc", true), "ABC", true, false, true, false),
        row(new ValueMatcher.Exact("abc", false), "abcd", false, true, false, true),
        row(new ValueMatcher.Exact("abc", false), ABSENT, false, false, false, true),
        row(new ValueMatcher.Exact("", false), ABSENT, false, false, true, false),
        row(new ValueMatcher.Prefix("ab", false), "abc", true, false, true, false),
        row(new ValueMatcher.Prefix("bc", false), "abc", false, true, false, true),
        row(new ValueMatcher.Suffix("bc", false), "abc", true, false, true, false),
        row(new ValueMatcher.Suffix("BC", true), "abc", true, false, true, false),
        row(new ValueMatcher.Suffix("ab", false), "abc", false, true, false, true),
        row(new ValueMatcher.Contains("b", false), "abc", true, false, true, false),
        row(new ValueMatcher.Contains("B", true), "abc", true, false, true, false),
        row(new ValueMatcher.Contains("abcd", false), "abc", false, true, false, true),
        row(new ValueMatcher.Regex("a.c"), "abc", true, false, true, false),
        row(new ValueMatcher.Regex("a."), "abc", false, true, false, true),
        row(new ValueMatcher.Regex(".*"), ABSENT, false, false, true, false),
        row(new ValueMatcher.Range(-10, 10), "-10", true, false, true, false),
        row(new ValueMatcher.Range(-10, 10), "10", false, true, false, true),
        row(new ValueMatcher.Range(-10, 10), "9", true, false, true, false),
        row(new ValueMatcher.Range(-10, 10), "9x", false, true, false, true),
        row(new ValueMatcher.Range(-10, 10), "99999999999999999999", false, true, false, true),
        row(new ValueMatcher.Range(-10, 10), ABSENT, false, false, false, true),
        row(new ValueMatcher.Presence(true), "", true, false, true, false),
        row(new ValueMatcher.Presence(true), ABSENT, false, true, true, false),
        row(new ValueMatcher.Presence(false), "x", false, true, false, true),
        row(new ValueMatcher.Presence(false), ABSENT, true, false, false, true));
  }

  private static Arguments row(
      ValueMatcher matcher,
      String value,
      boolean plain,
      boolean inverted,
      boolean empty,
      boolean both) {
    return Arguments.of(matcher, value, plain, inverted, empty, both);
  }

  private static boolean matches(HeaderMatcher matcher, String value) {
    var head =
        value.equals(ABSENT) ? Heads.request("h", "/") : Heads.request("h", "/", "x-h", value);
    return new HeaderTest(matcher).matches(head);
  }

  @ParameterizedTest
  @MethodSource("table")
  void matchesByTable(
      ValueMatcher matcher,
      String value,
      boolean plain,
      boolean inverted,
      boolean empty,
      boolean both) {
    var name = HeaderName.of("x-h");

    assertThat(matches(new HeaderMatcher(name, matcher, false, false), value)).isEqualTo(plain);
    assertThat(matches(new HeaderMatcher(name, matcher, true, false), value)).isEqualTo(inverted);
    assertThat(matches(new HeaderMatcher(name, matcher, false, true), value)).isEqualTo(empty);
    assertThat(matches(new HeaderMatcher(name, matcher, true, true), value)).isEqualTo(both);
  }

  @org.junit.jupiter.api.Test
  void looksForALineThatFits() {
    var head = Heads.request("h", "/", "x-h", "a", "x-other", "?", "x-h", "b");

    for (var text : List.of("a", "b")) {
      var one = new ValueMatcher.Exact(text, false);
      assertThat(new HeaderTest(new HeaderMatcher(NAME, one)).matches(head)).isTrue();
      assertThat(new HeaderTest(new HeaderMatcher(NAME, one, true, false)).matches(head)).isFalse();
    }
    for (var text : List.of("a,b", "c", "?")) {
      var none = new ValueMatcher.Exact(text, false);
      assertThat(new HeaderTest(new HeaderMatcher(NAME, none)).matches(head)).isFalse();
      assertThat(new HeaderTest(new HeaderMatcher(NAME, none, true, false)).matches(head)).isTrue();
    }
  }

  @org.junit.jupiter.api.Test
  void seesPseudoHeaders() {
    var matcher = new HeaderMatcher(HeaderName.of(":method"), new ValueMatcher.Exact("GET", false));

    assertThat(new HeaderTest(matcher).matches(Heads.request("h", "/"))).isTrue();
  }
}
