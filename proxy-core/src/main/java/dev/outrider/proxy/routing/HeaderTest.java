package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderMap;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// A [HeaderMatcher] over the lines of a head. One line is compared where it stands; several are
/// joined first.
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
    var missing = line < 0 && !matcher.treatMissingAsEmpty();
    if (matcher.value() instanceof ValueMatcher.Presence(var present)) {
      return (present != missing) != matcher.invert();
    }
    if (missing) {
      return matcher.invert();
    }
    return holds(head, line) != matcher.invert();
  }

  /// As [#matches] for a head without headers.
  public boolean matchesNone() {
    if (matcher.value() instanceof ValueMatcher.Presence(var present)) {
      return (present == matcher.treatMissingAsEmpty()) != matcher.invert();
    }
    return (matcher.treatMissingAsEmpty() && value.matches(EMPTY, 0, 0)) != matcher.invert();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof HeaderTest that && matcher.equals(that.matcher);
  }

  @Override
  public int hashCode() {
    return matcher.hashCode();
  }

  private boolean holds(HeaderMap head, int line) {
    if (line < 0) {
      return value.matches(EMPTY, 0, 0);
    }
    if (head.find(matcher.name(), line + 1) < 0) {
      var from = head.valueOffset(line);
      return value.matches(head.array(), from, from + head.valueLength(line));
    }
    var joined = String.join(",", head.getAll(matcher.name())).getBytes(StandardCharsets.UTF_8);
    return value.matches(joined, 0, joined.length);
  }
}
