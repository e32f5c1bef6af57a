package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderMap;
import org.jspecify.annotations.Nullable;

/// A [HeaderMatcher] over the lines of a head, which are compared where they stand.
public final class HeaderTest {
  private static final byte[] EMPTY = new byte[0];

  private final HeaderMatcher matcher;
  private final ValueTest value;

  public HeaderTest(HeaderMatcher matcher) {
    this.matcher = matcher;
    this.value = ValueTest.of(matcher.value());
  }

  public boolean matches(HeaderMap head) {
    var line = head.find(matcher.name());
    if (line < 0) {
      return matchesNone();
    }
    if (matcher.value() instanceof ValueMatcher.Presence(var present)) {
      return present != matcher.invert();
    }
    for (; line >= 0; line = head.find(matcher.name(), line + 1)) {
      var from = head.valueOffset(line);
      if (value.matches(head.array(), from, from + head.valueLength(line))) {
        return !matcher.invert();
      }
    }
    return matcher.invert();
  }

  /// As [#matches] for a head without headers.
  public boolean matchesNone() {
    if (matcher.value() instanceof ValueMatcher.Presence(var present)) {
      return (present == matcher.treatMissingAsEmpty()) != matcher.invert();
    }
    return matcher.treatMissingAsEmpty() && value.matches(EMPTY, 0, 0) != matcher.invert();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof HeaderTest that && matcher.equals(that.matcher);
  }

  @Override
  public int hashCode() {
    return matcher.hashCode();
  }
}
