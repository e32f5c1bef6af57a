package dev.outrider.proxy.xds;

import dev.outrider.proxy.routing.PathRewrite;
import dev.outrider.proxy.routing.RegexSubstitution;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatchAndSubstitute;
import org.jspecify.annotations.Nullable;

/// Reads `type.matcher.v3.RegexMatchAndSubstitute`.
final class SubstitutionParser {
  private SubstitutionParser() {}

  /// Null, and a problem, if it makes no sense.
  static @Nullable RegexSubstitution parse(RegexMatchAndSubstitute message, Scope scope) {
    if (!message.hasPattern() || message.getPattern().getRegex().isEmpty()) {
      scope.problem("pattern.regex", "value length must be at least 1 characters");
      return null;
    }
    try {
      return RegexSubstitution.of(message.getPattern().getRegex(), message.getSubstitution());
    } catch (IllegalArgumentException e) {
      scope.problem(String.valueOf(e.getMessage()));
      return null;
    }
  }

  static @Nullable PathRewrite path(RegexMatchAndSubstitute message, Scope scope) {
    var read = parse(message, scope);
    return read == null ? null : new PathRewrite.Regex(read);
  }
}
