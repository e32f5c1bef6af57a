package dev.outrider.proxy.xds.secret;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.outrider.proxy.tls.SanMatcher;
import dev.outrider.proxy.tls.SanType;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/// Reads what alternative names a peer may have: the typed matchers or, where there are none, the
/// deprecated ones.
final class SanMatchers {
  private SanMatchers() {}

  @SuppressWarnings("deprecation") // still sent by control planes
  static List<SanMatcher> parse(CertificateValidationContext message, Scope place) {
    var matchers = new ArrayList<SanMatcher>();
    for (var i = 0; i < message.getMatchTypedSubjectAltNamesCount(); i++) {
      matchers.add(
          typed(
              message.getMatchTypedSubjectAltNames(i),
              place.item("match_typed_subject_alt_names", i)));
    }
    if (matchers.isEmpty()) {
      for (var i = 0; i < message.getMatchSubjectAltNamesCount(); i++) {
        var item = place.item("match_subject_alt_names", i);
        matchers.add(matcher(SanType.ANY, message.getMatchSubjectAltNames(i), item));
      }
    }
    return matchers;
  }

  private static SanMatcher typed(SubjectAltNameMatcher message, Scope place) {
    var type =
        switch (message.getSanType()) {
          case EMAIL -> SanType.EMAIL;
          case DNS -> SanType.DNS;
          case URI -> SanType.URI;
          case IP_ADDRESS -> SanType.IP_ADDRESS;
          case OTHER_NAME -> {
            place.refuse(true, "san_type: OTHER_NAME");
            yield SanType.OTHER_NAME;
          }
          case SAN_TYPE_UNSPECIFIED, UNRECOGNIZED -> {
            place.problem("san_type", "is required");
            yield SanType.ANY;
          }
        };
    return matcher(type, message.getMatcher(), place.field("matcher"));
  }

  private static SanMatcher matcher(SanType type, StringMatcher message, Scope place) {
    var exact =
        message.getMatchPatternCase() == StringMatcher.MatchPatternCase.EXACT
            ? message.getExact()
            : "";
    var source =
        "%s %s %s%s%s%s%s %b"
            .formatted(
                type,
                message.getMatchPatternCase(),
                message.getExact(),
                message.getPrefix(),
                message.getSuffix(),
                message.getContains(),
                message.getSafeRegex().getRegex(),
                message.getIgnoreCase());
    return new SanMatcher(type, exact, source, test(message, place));
  }

  private static Predicate<String> test(StringMatcher message, Scope place) {
    var fold = message.getIgnoreCase();
    return switch (message.getMatchPatternCase()) {
      case EXACT -> folded(fold, message.getExact(), String::equals);
      case PREFIX -> folded(fold, message.getPrefix(), String::startsWith);
      case SUFFIX -> folded(fold, message.getSuffix(), String::endsWith);
      case CONTAINS -> folded(fold, message.getContains(), String::contains);
      case SAFE_REGEX -> regex(message.getSafeRegex().getRegex(), place);
      case CUSTOM -> {
        place.refuse(true, "custom");
        yield _ -> false;
      }
      case MATCHPATTERN_NOT_SET -> {
        place.problem("one of exact, prefix, suffix, contains, safe_regex is required");
        yield _ -> false;
      }
    };
  }

  private interface Comparison {
    boolean holds(String value, String pattern);
  }

  private static Predicate<String> folded(boolean fold, String pattern, Comparison comparison) {
    var wanted = fold ? pattern.toLowerCase(Locale.ROOT) : pattern;
    return value -> comparison.holds(fold ? value.toLowerCase(Locale.ROOT) : value, wanted);
  }

  private static Predicate<String> regex(String pattern, Scope place) {
    try {
      var compiled = Pattern.compile(pattern);
      return value -> compiled.matcher(value).matches();
    } catch (PatternSyntaxException e) {
      place.problem("safe_regex", e.getDescription());
      return _ -> false;
    }
  }
}
