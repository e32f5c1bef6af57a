package dev.outrider.proxy.extension;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.routing.HeaderMatcher;
import dev.outrider.proxy.routing.ValueMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;

/// Reads Envoy's general matchers of texts and headers.
public final class MatcherReader {
  private MatcherReader() {}

  /// Takes what is wrong.
  @FunctionalInterface
  public interface Problems {
    /// Called for each problem.
    ///
    /// @param field path below the message that is read; empty for the message itself
    void report(String field, String problem);
  }

  /// Reads `route.v3.HeaderMatcher`; a placeholder if there were problems.
  public static HeaderMatcher header(
      io.envoyproxy.envoy.config.route.v3.HeaderMatcher message, Problems problems) {
    return new HeaderMatcher(
        name(message.getName(), problems),
        value(message, problems),
        message.getInvertMatch(),
        message.getTreatMissingHeaderAsEmpty());
  }

  private static HeaderName name(String text, Problems problems) {
    if (text.isEmpty()) {
      problems.report("name", "value length must be at least 1 characters");
      return HeaderNames.HOST;
    }
    try {
      return HeaderName.of(text);
    } catch (IllegalArgumentException e) {
      problems.report("name", String.valueOf(e.getMessage()));
      return HeaderNames.HOST;
    }
  }

  @SuppressWarnings("deprecation") // the old spellings are still sent
  private static ValueMatcher value(
      io.envoyproxy.envoy.config.route.v3.HeaderMatcher message, Problems problems) {
    return switch (message.getHeaderMatchSpecifierCase()) {
      case STRING_MATCH ->
          text(
              message.getStringMatch(),
              (field, problem) ->
                  problems.report(
                      field.isEmpty() ? "string_match" : "string_match." + field, problem));
      case EXACT_MATCH -> // an empty one stands for any value
          message.getExactMatch().isEmpty()
              ? new ValueMatcher.Prefix("", false)
              : new ValueMatcher.Exact(message.getExactMatch(), false);
      case PREFIX_MATCH -> new ValueMatcher.Prefix(message.getPrefixMatch(), false);
      case SUFFIX_MATCH -> new ValueMatcher.Suffix(message.getSuffixMatch(), false);
      case CONTAINS_MATCH -> new ValueMatcher.Contains(message.getContainsMatch(), false);
      case SAFE_REGEX_MATCH -> regex(message.getSafeRegexMatch().getRegex(), problems);
      case RANGE_MATCH ->
          new ValueMatcher.Range(
              message.getRangeMatch().getStart(), message.getRangeMatch().getEnd());
      case PRESENT_MATCH -> new ValueMatcher.Presence(message.getPresentMatch());
      case HEADERMATCHSPECIFIER_NOT_SET -> new ValueMatcher.Presence(true);
    };
  }

  private static ValueMatcher regex(String pattern, Problems problems) {
    try {
      Pattern.compile(pattern);
      return new ValueMatcher.Regex(pattern);
    } catch (PatternSyntaxException e) {
      problems.report("", "regex '" + pattern + "': " + e.getDescription());
      return new ValueMatcher.Presence(true);
    }
  }

  /// Reads `type.matcher.v3.StringMatcher`; a placeholder if there were problems.
  public static ValueMatcher text(StringMatcher message, Problems problems) {
    var ignoreCase = message.getIgnoreCase();
    return switch (message.getMatchPatternCase()) {
      case EXACT -> new ValueMatcher.Exact(message.getExact(), ignoreCase);
      case PREFIX -> new ValueMatcher.Prefix(message.getPrefix(), ignoreCase);
      case SUFFIX -> new ValueMatcher.Suffix(message.getSuffix(), ignoreCase);
      case CONTAINS -> new ValueMatcher.Contains(message.getContains(), ignoreCase);
      case SAFE_REGEX -> regex(message.getSafeRegex().getRegex(), problems);
      case CUSTOM -> {
        problems.report("custom", "is not supported");
        yield new ValueMatcher.Presence(true);
      }
      case MATCHPATTERN_NOT_SET -> {
        problems.report("", "one of exact, prefix, suffix, contains, safe_regex is required");
        yield new ValueMatcher.Presence(true);
      }
    };
  }
}
