package dev.outrider.proxy.tls;

import java.util.Locale;
import java.util.function.Predicate;

/// One alternative name that a peer may show (Envoy `tls.v3.SubjectAltNameMatcher`).
///
/// @param type null is not possible; [SanType#ANY] is the deprecated matcher, which looks at DNS
///   names, URIs, mail and IP addresses
/// @param exact the value, if the match is an exact one: DNS names with wildcards are matched
///   against it; empty otherwise
/// @param source tells equal matchers apart
/// @param test what the value must be
public record SanMatcher(SanType type, String exact, String source, Predicate<String> test) {

  boolean matches(SanType actual, String value) {
    if (type != actual && !(type == SanType.ANY && actual.oldMatchersLook())) {
      return false;
    }
    return (actual == SanType.DNS && !exact.isEmpty())
        ? dnsMatches(value, exact)
        : test.test(value);
  }

  /// RFC 6125 6.4.3: a wildcard stands for the whole leftmost label.
  static boolean dnsMatches(String pattern, String name) {
    var shown = pattern.toLowerCase(Locale.ROOT);
    var asked = name.toLowerCase(Locale.ROOT);
    if (shown.equals(asked)) {
      return true;
    }
    var dot = asked.indexOf('.');
    return shown.startsWith("*.") && dot > 0 && asked.substring(dot).equals(shown.substring(1));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SanMatcher that && type == that.type && source.equals(that.source);
  }

  @Override
  public int hashCode() {
    return source.hashCode();
  }
}
