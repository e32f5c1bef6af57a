package dev.outrider.proxy.routing;

import com.google.re2j.Pattern;
import java.nio.charset.StandardCharsets;

/// A [ValueMatcher] over bytes.
sealed interface ValueTest {
  boolean matches(byte[] bytes, int from, int to);

  static ValueTest of(ValueMatcher matcher) {
    return switch (matcher) {
      case ValueMatcher.Presence _ -> new Text(new byte[0], Place.ANYWHERE, false);
      case ValueMatcher.Exact(var text, var ignoreCase) ->
          new Text(bytes(text), Place.WHOLE, ignoreCase);
      case ValueMatcher.Prefix(var text, var ignoreCase) ->
          new Text(bytes(text), Place.START, ignoreCase);
      case ValueMatcher.Suffix(var text, var ignoreCase) ->
          new Text(bytes(text), Place.END, ignoreCase);
      case ValueMatcher.Contains(var text, var ignoreCase) ->
          new Text(bytes(text), Place.ANYWHERE, ignoreCase);
      case ValueMatcher.Regex(var pattern) -> new Regex(Patterns.compile(pattern));
      case ValueMatcher.Range(var start, var end) -> new Range(start, end);
    };
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// Where in the value the text must stand.
  enum Place {
    WHOLE,
    START,
    END,
    ANYWHERE
  }

  /// A literal.
  final class Text implements ValueTest {
    private final byte[] text;
    private final Place place;
    private final boolean ignoreCase;

    private Text(byte[] text, Place place, boolean ignoreCase) {
      this.text = text;
      this.place = place;
      this.ignoreCase = ignoreCase;
    }

    @Override
    public boolean matches(byte[] bytes, int from, int to) {
      if (to - from < text.length) {
        return false;
      }
      return switch (place) {
        case WHOLE ->
            to - from == text.length && ByteText.regionMatches(bytes, from, text, ignoreCase);
        case START -> ByteText.regionMatches(bytes, from, text, ignoreCase);
        case END -> ByteText.regionMatches(bytes, to - text.length, text, ignoreCase);
        case ANYWHERE -> ByteText.contains(bytes, from, to, text, ignoreCase);
      };
    }
  }

  /// A pattern over the whole value.
  record Regex(Pattern pattern) implements ValueTest {
    @Override
    public boolean matches(byte[] bytes, int from, int to) {
      return Patterns.matches(pattern, bytes, from, to);
    }
  }

  /// A decimal integer between two others.
  record Range(long start, long end) implements ValueTest {
    @Override
    public boolean matches(byte[] bytes, int from, int to) {
      return DecimalText.isBetween(bytes, from, to, start, end);
    }
  }
}
