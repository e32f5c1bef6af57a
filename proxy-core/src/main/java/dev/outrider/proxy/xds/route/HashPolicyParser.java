package dev.outrider.proxy.xds.route;

import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.HeaderSyntax;
import dev.outrider.proxy.routing.HashPolicy;
import dev.outrider.proxy.routing.HashSource;
import dev.outrider.proxy.xds.core.HeaderEditParser;
import dev.outrider.proxy.xds.core.Scope;
import dev.outrider.proxy.xds.core.SubstitutionParser;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads `RouteAction.hash_policy`.
final class HashPolicyParser {
  private HashPolicyParser() {}

  /// Those that are good.
  static List<HashPolicy> parse(List<RouteAction.HashPolicy> messages, Scope scope) {
    var policies = new ArrayList<HashPolicy>();
    for (var i = 0; i < messages.size(); i++) {
      var message = messages.get(i);
      var source = source(message, scope.item("hash_policy", i));
      if (source != null) {
        policies.add(new HashPolicy(source, message.getTerminal()));
      }
    }
    return policies;
  }

  private static @Nullable HashSource source(RouteAction.HashPolicy message, Scope scope) {
    return switch (message.getPolicySpecifierCase()) {
      case HEADER -> header(message.getHeader(), scope.field("header"));
      case COOKIE -> cookie(message.getCookie(), scope.field("cookie"));
      case CONNECTION_PROPERTIES ->
          message.getConnectionProperties().getSourceIp() ? new HashSource.SourceIp() : null;
      case QUERY_PARAMETER -> new HashSource.QueryParameter(message.getQueryParameter().getName());
      case FILTER_STATE -> new HashSource.FilterStateObject(message.getFilterState().getKey());
      case POLICYSPECIFIER_NOT_SET -> {
        scope.problem(
            "one of header, cookie, connection_properties, query_parameter, filter_state is"
                + " required");
        yield null;
      }
    };
  }

  private static @Nullable HashSource header(RouteAction.HashPolicy.Header message, Scope scope) {
    var rewrite =
        message.hasRegexRewrite()
            ? SubstitutionParser.parse(
                message.getRegexRewrite(), HeaderNames.COOKIE, scope.field("regex_rewrite"))
            : null;
    var name = HeaderEditParser.anyName(message.getHeaderName(), scope, "header_name");
    return name == null ? null : new HashSource.Header(name, rewrite);
  }

  /// A cookie that could not be set is refused: else no request would stick to its endpoint.
  private static HashSource cookie(RouteAction.HashPolicy.Cookie message, Scope scope) {
    var attributes = new ArrayList<HashSource.CookieAttribute>();
    for (var attribute : message.getAttributesList()) {
      attributes.add(new HashSource.CookieAttribute(attribute.getName(), attribute.getValue()));
    }
    var cookie =
        new HashSource.Cookie(
            message.getName(),
            message.hasTtl() ? Duration.ofSeconds(message.getTtl().getSeconds()) : null,
            message.getPath(),
            attributes);
    var sample = cookie.setting("").getBytes(StandardCharsets.UTF_8);
    if (!HeaderSyntax.fits(HeaderNames.SET_COOKIE.key(), sample, 0, sample.length)) {
      scope.problem("name, path or an attribute may not stand in a header");
    }
    return cookie;
  }
}
