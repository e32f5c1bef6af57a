package dev.outrider.proxy.routing;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/// Replaces whatever a pattern finds in a text (Envoy `type.matcher.v3.RegexMatchAndSubstitute`).
///
/// @param substitution in which `\0` to `\9` stand for what the pattern's groups have found and
///   `\\` for a backslash
public record RegexSubstitution(Pattern pattern, String substitution) {
  private static final char ESCAPE = '\\';

  /// Of what was written.
  ///
  /// @throws IllegalArgumentException with a sentence for whoever wrote it
  public static RegexSubstitution of(String regex, String substitution) {
    try {
      var pattern = Patterns.compile(regex);
      check(substitution, pattern.groupCount());
      return new RegexSubstitution(pattern, substitution);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("regex '" + regex + "': " + e.getDescription(), e);
    }
  }

  private static void check(String substitution, int groups) {
    for (var at = substitution.indexOf(ESCAPE);
        at >= 0;
        at = substitution.indexOf(ESCAPE, at + 2)) {
      var next = at + 1 < substitution.length() ? substitution.charAt(at + 1) : ' ';
      if (next != ESCAPE && (next < '0' || next > '9')) {
        throw new IllegalArgumentException(
            "substitution '" + substitution + "': a backslash is followed by a digit or another");
      }
      if (next != ESCAPE && next - '0' > groups) {
        throw new IllegalArgumentException(
            "substitution '%s': \\%c, but the regex has %d groups"
                .formatted(substitution, next, groups));
      }
    }
  }

  /// What the substitution adds itself, without what the groups have found.
  public String literal() {
    var literal = new StringBuilder();
    for (var at = 0; at < substitution.length(); at++) {
      var c = substitution.charAt(at);
      if (c != ESCAPE) {
        literal.append(c);
      } else if (substitution.charAt(++at) == ESCAPE) {
        literal.append(ESCAPE);
      }
    }
    return literal.toString();
  }

  /// The text with every match replaced.
  public String apply(String text) {
    var matcher = pattern.matcher(text);
    var result = new StringBuilder();
    var from = 0;
    while (matcher.find()) {
      result.append(text, from, matcher.start());
      for (var at = 0; at < substitution.length(); at++) {
        var c = substitution.charAt(at);
        if (c != ESCAPE) {
          result.append(c);
          continue;
        }
        var next = substitution.charAt(++at);
        var found = next == ESCAPE ? "\\" : matcher.group(next - '0');
        result.append(found == null ? "" : found);
      }
      from = matcher.end();
    }
    return result.append(text, from, text.length()).toString();
  }
}
