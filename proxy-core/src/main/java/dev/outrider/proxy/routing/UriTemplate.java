package dev.outrider.proxy.routing;

import com.google.re2j.Pattern;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A pattern of whole paths in which `*` stands for a segment, `**` for any number of them and
/// `{name=...}` for something that a [TemplateRewrite] can use (Envoy
/// `path.match.uri_template.v3.UriTemplateMatchConfig`). Compared by its text.
public final class UriTemplate {
  /// What a segment consists of: `pchar` of RFC 3986.
  static final String SEGMENT = "a-zA-Z0-9\\-._~%!$&'()*+,;=:@";

  // Envoy takes an asterisk in it as well, as one of a regex.
  private static final Pattern LITERAL = Pattern.compile("[a-zA-Z0-9\\-._~%!$&'()+,;=:@]+");
  private static final Pattern NAME = Pattern.compile("[a-zA-Z][a-zA-Z0-9_]*");
  private static final Pattern VISIBLE = Pattern.compile("/[!-~]*");
  private static final int MOST_VARIABLES = 5;
  private static final int LONGEST_NAME = 16;

  private final String text;
  private final Pattern pattern;
  private final List<String> variables;

  private UriTemplate(String text, Reader read) {
    this.text = text;
    this.pattern = Pattern.compile(read.regex.toString());
    this.variables = List.copyOf(read.variables);
  }

  /// Of what was written.
  ///
  /// @throws IllegalArgumentException with what is wrong with it
  public static UriTemplate of(String text) {
    if (!VISIBLE.matches(text)) {
      throw new IllegalArgumentException("Invalid pattern: \"" + text + "\"");
    }
    var reader = new Reader(text);
    reader.read();
    return new UriTemplate(text, reader);
  }

  Pattern pattern() {
    return pattern;
  }

  /// The number of the group that has what the variable stands for; 0 if there is no such variable.
  int group(String variable) {
    return variables.indexOf(variable) + 1;
  }

  static boolean isName(String text) {
    return NAME.matches(text);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof UriTemplate that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }

  /// Goes through the text once and writes the regex.
  private static final class Reader {
    private final String text;
    private final StringBuilder regex = new StringBuilder("/");
    private final List<String> variables = new ArrayList<>();
    private int at = 1;
    private boolean anythingSeen;

    Reader(String text) {
      this.text = text;
    }

    void read() {
      while (at < text.length()) {
        if (text.charAt(at) == '*') {
          wildcard();
          lastSuffix();
        } else {
          segmentWithVariable();
        }
        if (at < text.length()) { // a slash
          regex.append('/');
          at++;
        }
      }
    }

    private void lastSuffix() {
      if (inSegment()) {
        literal("suffix literal", text.length());
        if (at < text.length()) {
          throw new IllegalArgumentException("Prefix match not supported.");
        }
      }
    }

    /// One at most, and what stands before and behind it.
    private void segmentWithVariable() {
      var brace = text.indexOf('{', at);
      var slash = text.indexOf('/', at);
      if (brace < 0 || (slash >= 0 && slash < brace)) {
        literal("literal", text.length());
        return;
      }
      if (brace > at) {
        literal("prefix literal", brace);
      }
      variable();
      if (inSegment()) {
        literal("suffix literal", text.length());
      }
    }

    private boolean inSegment() {
      return at < text.length() && text.charAt(at) != '/';
    }

    private void wildcard() {
      if (text.startsWith("**", at)) {
        notBehindAnything();
        anythingSeen = true;
        regex.append('[').append(SEGMENT).append("/]*");
        at += 2;
      } else {
        segment();
        at++;
      }
    }

    /// Any one; also what a variable stands for of which nothing is said.
    private void segment() {
      notBehindAnything();
      regex.append('[').append(SEGMENT).append("]+");
    }

    private void notBehindAnything() {
      if (anythingSeen) {
        throw new IllegalArgumentException("Glob after text glob.");
      }
    }

    /// Up to the next slash.
    private void literal(String what, int end) {
      var slash = text.indexOf('/', at);
      var to = slash < 0 || slash > end ? end : slash;
      var segment = text.substring(at, to);
      if (!LITERAL.matches(segment)) {
        throw new IllegalArgumentException("Invalid %s: \"%s\"".formatted(what, segment));
      }
      regex.append(Pattern.quote(segment));
      at = to;
    }

    private void variable() {
      var end = text.indexOf('}', at);
      if (end < 0) {
        throw new IllegalArgumentException(
            "Unmatched variable bracket in mixed pattern: \"" + text.substring(at) + "\"");
      }
      var equal = text.indexOf('=', at);
      var nameEnd = equal < 0 || equal > end ? end : equal;
      name(text.substring(at + 1, nameEnd));
      at = nameEnd;
      if (nameEnd == end) {
        segment();
      } else {
        parts(end);
      }
      regex.append(')');
      at = end + 1;
    }

    private void name(String name) {
      if (!isName(name)) {
        throw new IllegalArgumentException("Invalid variable name: \"" + name + "\"");
      }
      if (name.length() > LONGEST_NAME) {
        throw new IllegalArgumentException(
            "Invalid variable name length (length of \"%s\" should be at least 1 and no more than %d)"
                .formatted(name, LONGEST_NAME));
      }
      if (variables.contains(name)) {
        throw new IllegalArgumentException("Repeated variable name: \"" + name + "\"");
      }
      if (variables.size() == MOST_VARIABLES) {
        throw new IllegalArgumentException(
            "Exceeded variable count limit (" + MOST_VARIABLES + ")");
      }
      variables.add(name);
      regex.append('(');
    }

    /// Segments, with a slash between them; `at` is before the first.
    private void parts(int end) {
      var between = "";
      do {
        at++;
        regex.append(between);
        if (at < end && text.charAt(at) == '*') {
          wildcard();
        } else {
          literal("variable match", end);
        }
        between = "/";
      } while (at < end && text.charAt(at) == '/');
      if (at != end) {
        throw new IllegalArgumentException(
            "Invalid variable match: \"" + text.substring(at, end) + "\"");
      }
    }
  }
}
