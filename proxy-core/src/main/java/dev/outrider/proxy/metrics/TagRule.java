package dev.outrider.proxy.metrics;

import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// A tag that a configuration takes out of names of statistics (Envoy `metrics.v3.TagSpecifier`).
/// Immutable, any thread.
public sealed interface TagRule {
  /// What Prometheus shows, with other characters where those of the name do not fit.
  String tag();

  /// The same for every statistic.
  record Fixed(String tag, String value) implements TagRule {}

  /// The first group is cut out of the name; the second, or without one the first, is the value.
  ///
  /// @param prefixed begins with the first part of a name: such rules come after all others
  record Extracted(String tag, Pattern pattern, boolean prefixed) implements TagRule {

    /// Null if the name is not of that kind, or takes too long to find out.
    @Nullable Found find(String name) {
      var matcher = pattern.matcher(new Bounded(name));
      try {
        if (!matcher.find() || matcher.groupCount() < 1 || matcher.start(1) < 0) {
          return null;
        }
      } catch (TooLong _) {
        return null;
      }
      var valueGroup = matcher.groupCount() > 1 && matcher.start(2) >= 0 ? 2 : 1;
      return new Found(
          matcher.start(1),
          matcher.end(1),
          name.substring(matcher.start(valueGroup), matcher.end(valueGroup)));
    }
  }

  /// Where the first group stands, and the value.
  record Found(int from, int to, String value) {}

  /// Takes an expression of ECMAScript, as Envoy does: with look-ahead and `[[:digit:]]`, which RE2
  /// and Java do not have in common. Throws [PatternSyntaxException].
  static Extracted extracted(String tag, String regex) {
    var java = regex;
    for (var each : Bounded.CLASSES.entrySet()) {
      java = java.replace("[:" + each.getKey() + ":]", each.getValue());
    }
    return new Extracted(tag, Pattern.compile(java), Bounded.PREFIXED.matcher(regex).find());
  }

  /// A name that can be looked at so often only: expressions may be hostile by mistake.
  final class Bounded implements CharSequence {
    private static final int MOST_LOOKS = 100_000;
    private static final Pattern PREFIXED = Pattern.compile("^\\^[a-z_]+\\\\\\.");
    private static final Map<String, String> CLASSES =
        Map.of(
            "digit", "\\p{Digit}",
            "alpha", "\\p{Alpha}",
            "alnum", "\\p{Alnum}",
            "lower", "\\p{Lower}",
            "upper", "\\p{Upper}",
            "space", "\\s");

    private final String text;
    private int looks;

    private Bounded(String text) {
      this.text = text;
    }

    @Override
    public char charAt(int index) {
      if (looks++ == MOST_LOOKS) {
        throw new TooLong();
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int from, int to) {
      return text.substring(from, to);
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /// The expression takes too long.
  final class TooLong extends RuntimeException {
    private static final long serialVersionUID = 1;

    private TooLong() {
      super(null, null, false, false);
    }
  }
}
