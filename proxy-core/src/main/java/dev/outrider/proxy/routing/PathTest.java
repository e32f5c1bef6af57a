package dev.outrider.proxy.routing;

import com.google.re2j.Pattern;
import java.nio.charset.StandardCharsets;

/// A [PathMatcher] over bytes: the text, how much of it may follow, and whether case counts; or a
/// pattern.
sealed interface PathTest {
  boolean matches(byte[] bytes, int from, int to);

  static PathTest of(PathMatcher matcher) {
    return switch (matcher) {
      case PathMatcher.Prefix(var prefix, var caseSensitive) ->
          new Text(bytes(prefix), Rest.ANYTHING, caseSensitive);
      case PathMatcher.Exact(var path, var caseSensitive) ->
          new Text(bytes(path), Rest.NOTHING, caseSensitive);
      case PathMatcher.SeparatedPrefix(var prefix, var caseSensitive) ->
          new Text(bytes(prefix), Rest.NEXT_SEGMENT, caseSensitive);
      case PathMatcher.Connect _ -> new Never();
      case PathMatcher.Regex(var pattern) -> new Regex(Patterns.compile(pattern));
      case PathMatcher.Template(var template) -> new Regex(template.pattern());
    };
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// What may follow the text.
  enum Rest {
    NOTHING,
    ANYTHING,
    NEXT_SEGMENT
  }

  /// A literal.
  final class Text implements PathTest {
    private final byte[] text;
    private final Rest rest;
    private final boolean caseSensitive;

    private Text(byte[] text, Rest rest, boolean caseSensitive) {
      this.text = text;
      this.rest = rest;
      this.caseSensitive = caseSensitive;
    }

    @Override
    public boolean matches(byte[] bytes, int from, int to) {
      if (to - from < text.length || !ByteText.regionMatches(bytes, from, text, !caseSensitive)) {
        return false;
      }
      var end = from + text.length;
      return switch (rest) {
        case NOTHING -> end == to;
        case ANYTHING -> true;
        case NEXT_SEGMENT -> end == to || bytes[end] == '/';
      };
    }
  }

  /// A request that has a path is no CONNECT.
  record Never() implements PathTest {
    @Override
    public boolean matches(byte[] bytes, int from, int to) {
      return false;
    }
  }

  /// A pattern over the whole path.
  record Regex(Pattern pattern) implements PathTest {
    @Override
    public boolean matches(byte[] bytes, int from, int to) {
      return Patterns.matches(pattern, bytes, from, to);
    }
  }
}
