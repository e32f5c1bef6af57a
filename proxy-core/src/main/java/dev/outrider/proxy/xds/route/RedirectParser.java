package dev.outrider.proxy.xds.route;

import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.HeaderSyntax;
import dev.outrider.proxy.routing.PathMatcher;
import dev.outrider.proxy.routing.PathRewrite;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.core.SubstitutionParser;
import io.envoyproxy.envoy.config.route.v3.RedirectAction;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads `route.v3.RedirectAction`.
final class RedirectParser {
  private static final int MAX_PORT = 65_535;

  private RedirectParser() {}

  /// @param path what the route matches
  static RouteAction parse(RedirectAction message, PathMatcher path, Scope scope) {
    if (!message.getPrefixRewrite().isEmpty() && path instanceof PathMatcher.Template) {
      scope.problem("prefix_rewrite", "Cannot use redirect.prefix_rewrite with path_match_policy");
    }
    var scheme = message.getHttpsRedirect() ? "https" : message.getSchemeRedirect();
    var port = Integer.toUnsignedLong(message.getPortRedirect());
    if (port > MAX_PORT) {
      scope.problem("port_redirect", "value must be less than or equal to " + MAX_PORT);
    }
    check(scheme, HeaderNames.LOCATION, "scheme_redirect", scope);
    check(message.getHostRedirect(), HeaderNames.LOCATION, "host_redirect", scope);
    check(message.getPathRedirect(), HeaderNames.LOCATION, "path_redirect", scope);
    check(message.getPrefixRewrite(), HeaderNames.PATH, "prefix_rewrite", scope);
    return new RouteAction.Redirect(
        status(message, scope),
        scheme,
        message.getHostRedirect(),
        (int) Math.min(port, MAX_PORT),
        message.getPathRedirect(),
        rewrite(message, scope),
        message.getStripQuery());
  }

  /// What may not stand in a field would leave the client without its location.
  private static void check(String value, HeaderName target, String field, Scope scope) {
    var bytes = value.getBytes(StandardCharsets.UTF_8);
    if (!HeaderSyntax.fits(target.key(), bytes, 0, bytes.length)) {
      scope.problem(
          field,
          "'" + value + "' may not stand in " + (target.isPseudo() ? "a path" : "a location"));
    }
  }

  private static @Nullable PathRewrite rewrite(RedirectAction message, Scope scope) {
    return switch (message.getPathRewriteSpecifierCase()) {
      case PREFIX_REWRITE ->
          message.getPrefixRewrite().isEmpty()
              ? null
              : new PathRewrite.Prefix(message.getPrefixRewrite());
      case REGEX_REWRITE ->
          SubstitutionParser.path(message.getRegexRewrite(), scope.field("regex_rewrite"));
      case PATH_REDIRECT, PATHREWRITESPECIFIER_NOT_SET -> null;
    };
  }

  private static int status(RedirectAction message, Scope scope) {
    return switch (message.getResponseCode()) {
      case MOVED_PERMANENTLY -> 301;
      case FOUND -> 302;
      case SEE_OTHER -> 303;
      case TEMPORARY_REDIRECT -> 307;
      case PERMANENT_REDIRECT -> 308;
      case UNRECOGNIZED -> {
        scope.problem("response_code", "value must be one of the defined enum values");
        yield 301;
      }
    };
  }
}
