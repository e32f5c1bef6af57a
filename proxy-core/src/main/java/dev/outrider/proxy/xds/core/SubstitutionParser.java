package dev.outrider.proxy.xds.core;

import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.HeaderSyntax;
import dev.outrider.proxy.routing.PathRewrite;
import dev.outrider.proxy.routing.RegexSubstitution;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatchAndSubstitute;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads `type.matcher.v3.RegexMatchAndSubstitute`.
public final class SubstitutionParser {
  private SubstitutionParser() {}

  /// Null, and a problem, if it makes no sense.
  ///
  /// @param target which part of a head the result becomes
  public static @Nullable RegexSubstitution parse(
      RegexMatchAndSubstitute message, HeaderName target, Scope scope) {
    if (!message.hasPattern() || message.getPattern().getRegex().isEmpty()) {
      scope.problem("pattern.regex", "value length must be at least 1 characters");
      return null;
    }
    try {
      var read = RegexSubstitution.of(message.getPattern().getRegex(), message.getSubstitution());
      var literal = read.literal().getBytes(StandardCharsets.UTF_8);
      if (!HeaderSyntax.fits(target.key(), literal, 0, literal.length)) {
        scope.problem(
            "substitution",
            "'%s' may not stand in %s".formatted(message.getSubstitution(), target));
      }
      return read;
    } catch (IllegalArgumentException e) {
      scope.problem(String.valueOf(e.getMessage()));
      return null;
    }
  }

  public static @Nullable PathRewrite path(RegexMatchAndSubstitute message, Scope scope) {
    var read = parse(message, HeaderNames.PATH, scope);
    return read == null ? null : new PathRewrite.Regex(read);
  }
}
