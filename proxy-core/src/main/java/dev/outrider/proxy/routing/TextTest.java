package dev.outrider.proxy.routing;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// A [ValueMatcher] over a text that is no header. Immutable, any thread.
public final class TextTest {
  private final ValueMatcher matcher;
  private final ValueTest test;

  public TextTest(ValueMatcher matcher) {
    this.matcher = matcher;
    this.test = ValueTest.of(matcher);
  }

  public boolean matches(String text) {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    return test.matches(bytes, 0, bytes.length);
  }

  /// The bytes from `from` to before `to`.
  public boolean matches(byte[] bytes, int from, int to) {
    return test.matches(bytes, from, to);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TextTest that && matcher.equals(that.matcher);
  }

  @Override
  public int hashCode() {
    return matcher.hashCode();
  }

  @Override
  public String toString() {
    return matcher.toString();
  }
}
