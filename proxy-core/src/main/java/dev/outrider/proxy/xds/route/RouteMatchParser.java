package dev.outrider.proxy.xds.route;

import dev.outrider.proxy.extension.MatcherReader;
import dev.outrider.proxy.routing.HeaderMatcher;
import dev.outrider.proxy.routing.PathMatcher;
import dev.outrider.proxy.routing.RouteMatcher;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import java.util.ArrayList;

/// Reads `route.v3.RouteMatch`. Every condition that is not understood is refused: without it a
/// route would take requests that were meant for another.
public final class RouteMatchParser {

  private RouteMatchParser() {}

  static RouteMatcher parse(RouteMatch message, Scope scope) {
    for (var number : message.getUnknownFields().asMap().keySet()) {
      scope.problem("has a condition that is not known: field number " + number);
    }
    var headers = new ArrayList<HeaderMatcher>();
    for (var i = 0; i < message.getHeadersCount(); i++) {
      headers.add(header(message.getHeaders(i), scope.item("headers", i)));
    }
    return new RouteMatcher(
        path(message, scope), headers, RouteConditionParser.parse(message, scope));
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
      case PATH_MATCH_POLICY ->
          UriTemplateParser.matcher(message.getPathMatchPolicy(), scope.field("path_match_policy"));
      case PATHSPECIFIER_NOT_SET -> {
        scope.problem("one of prefix, path, safe_regex, path_separated_prefix is required");
        yield new PathMatcher.Prefix("/", true);
      }
    };
  }

  public static HeaderMatcher header(
      io.envoyproxy.envoy.config.route.v3.HeaderMatcher message, Scope scope) {
    return MatcherReader.header(message, scope::report);
  }
}
