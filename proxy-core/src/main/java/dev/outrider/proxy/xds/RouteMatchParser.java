package dev.outrider.proxy.xds;

import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.routing.HeaderMatcher;
import dev.outrider.proxy.routing.PathMatcher;
import dev.outrider.proxy.routing.RouteMatcher;
import dev.outrider.proxy.routing.ValueMatcher;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.ArrayList;

/// Reads `route.v3.RouteMatch`. Every condition that is not understood is refused: without it a
/// route would take requests that were meant for another.
final class RouteMatchParser {

  private RouteMatchParser() {}

  static RouteMatcher parse(RouteMatch message, Scope scope) {
    scope.refuse(message.hasRuntimeFraction(), "runtime_fraction");
    scope.refuse(message.getQueryParametersCount() > 0, "query_parameters");
    scope.refuse(message.hasGrpc(), "grpc");
    scope.refuse(message.hasTlsContext(), "tls_context");
    scope.refuse(message.getDynamicMetadataCount() > 0, "dynamic_metadata");
    scope.refuse(message.getFilterStateCount() > 0, "filter_state");
    var headers = new ArrayList<HeaderMatcher>();
    for (var i = 0; i < message.getHeadersCount(); i++) {
      headers.add(header(message.getHeaders(i), scope.item("headers", i)));
    }
    return new RouteMatcher(path(message, scope), headers);
  }

  private static PathMatcher path(RouteMatch message, Scope scope) {
    var caseSensitive = !message.hasCaseSensitive() || message.getCaseSensitive().getValue();
    return switch (message.getPathSpecifierCase()) {
      case PREFIX -> new PathMatcher.Prefix(message.getPrefix(), caseSensitive);
      case PATH -> new PathMatcher.Exact(message.getPath(), caseSensitive);
      case PATH_SEPARATED_PREFIX ->
          new PathMatcher.SeparatedPrefix(message.getPathSeparatedPrefix(), caseSensitive);
      case SAFE_REGEX -> new PathMatcher.Regex(message.getSafeRegex().getRegex());
      case CONNECT_MATCHER -> new PathMatcher.Connect();
      case PATH_MATCH_POLICY -> unsupported(scope, "path_match_policy");
      case PATHSPECIFIER_NOT_SET -> {
        scope.problem("one of prefix, path, safe_regex, path_separated_prefix is required");
        yield new PathMatcher.Prefix("/", true);
      }
    };
  }

  private static PathMatcher unsupported(Scope scope, String field) {
    scope.refuse(true, field);
    return new PathMatcher.Prefix("/", true);
  }

  static HeaderMatcher header(
      io.envoyproxy.envoy.config.route.v3.HeaderMatcher message, Scope scope) {
    if (message.getName().isEmpty()) {
      scope.problem("name", "value length must be at least 1 characters");
      return new HeaderMatcher(HeaderName.of("x"), new ValueMatcher.Presence(true));
    }
    return new HeaderMatcher(
        HeaderName.of(message.getName()),
        value(message, scope),
        message.getInvertMatch(),
        message.getTreatMissingHeaderAsEmpty());
  }

  @SuppressWarnings("deprecation") // the old spellings are still sent
  private static ValueMatcher value(
      io.envoyproxy.envoy.config.route.v3.HeaderMatcher message, Scope scope) {
    return switch (message.getHeaderMatchSpecifierCase()) {
      case STRING_MATCH -> text(message.getStringMatch(), scope.field("string_match"));
      case EXACT_MATCH -> new ValueMatcher.Exact(message.getExactMatch(), false);
      case PREFIX_MATCH -> new ValueMatcher.Prefix(message.getPrefixMatch(), false);
      case SUFFIX_MATCH -> new ValueMatcher.Suffix(message.getSuffixMatch(), false);
      case CONTAINS_MATCH -> new ValueMatcher.Contains(message.getContainsMatch(), false);
      case SAFE_REGEX_MATCH -> new ValueMatcher.Regex(message.getSafeRegexMatch().getRegex());
      case RANGE_MATCH ->
          new ValueMatcher.Range(
              message.getRangeMatch().getStart(), message.getRangeMatch().getEnd());
      case PRESENT_MATCH -> new ValueMatcher.Presence(message.getPresentMatch());
      case HEADERMATCHSPECIFIER_NOT_SET -> new ValueMatcher.Presence(true);
    };
  }

  private static ValueMatcher text(StringMatcher message, Scope scope) {
    var ignoreCase = message.getIgnoreCase();
    return switch (message.getMatchPatternCase()) {
      case EXACT -> new ValueMatcher.Exact(message.getExact(), ignoreCase);
      case PREFIX -> new ValueMatcher.Prefix(message.getPrefix(), ignoreCase);
      case SUFFIX -> new ValueMatcher.Suffix(message.getSuffix(), ignoreCase);
      case CONTAINS -> new ValueMatcher.Contains(message.getContains(), ignoreCase);
      case SAFE_REGEX -> new ValueMatcher.Regex(message.getSafeRegex().getRegex());
      case CUSTOM -> {
        scope.refuse(true, "custom");
        yield new ValueMatcher.Presence(true);
      }
      case MATCHPATTERN_NOT_SET -> {
        scope.problem("one of exact, prefix, suffix, contains, safe_regex is required");
        yield new ValueMatcher.Presence(true);
      }
    };
  }
}
