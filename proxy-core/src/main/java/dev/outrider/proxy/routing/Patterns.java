package dev.outrider.proxy.routing;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Arrays;
import java.util.List;

/// RE2 patterns over ranges of bytes: linear time whatever the pattern. Matching copies the range.
final class Patterns {
  private Patterns() {}

  static Pattern compile(String pattern) {
    return Pattern.compile(pattern);
  }

  /// Whether the whole range matches.
  static boolean matches(Pattern pattern, byte[] bytes, int from, int to) {
    return pattern.matcher(Arrays.copyOfRange(bytes, from, to)).matches();
  }

  static void check(RouteMatcher matcher, List<String> problems) {
    if (matcher.path() instanceof PathMatcher.Regex(var pattern)) {
      check(pattern, problems);
    }
    matcher.headers().forEach(header -> check(header.value(), problems));
    for (var condition : matcher.conditions()) {
      switch (condition) {
        case RouteCondition.Query(_, var value) -> check(value, problems);
        case RouteCondition.Kept(_, var value) -> check(value, problems);
        case RouteCondition.Grpc _,
            RouteCondition.ClientCertificate _,
            RouteCondition.Fraction _ -> {}
      }
    }
  }

  private static void check(ValueMatcher value, List<String> problems) {
    if (value instanceof ValueMatcher.Regex(var pattern)) {
      check(pattern, problems);
    }
  }

  private static void check(String pattern, List<String> problems) {
    try {
      Pattern.compile(pattern);
    } catch (PatternSyntaxException e) {
      problems.add("regex '" + pattern + "': " + e.getDescription());
    }
  }
}
