package dev.outrider.proxy.xds;

import dev.outrider.proxy.extension.MatcherReader;
import dev.outrider.proxy.routing.HeaderMatcher;
import dev.outrider.proxy.routing.PathMatcher;
import dev.outrider.proxy.routing.RouteMatcher;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
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
    return MatcherReader.header(
        message,
        (field, problem) -> (field.isEmpty() ? scope : scope.field(field)).problem(problem));
  }
}
