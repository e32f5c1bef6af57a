package dev.outrider.proxy.router;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.routing.HostRewrite;
import dev.outrider.proxy.routing.PathMatcher;
import dev.outrider.proxy.routing.PathRewrite;
import dev.outrider.proxy.routing.RouteMatch;
import dev.outrider.proxy.routing.TargetRewrite;
import org.jspecify.annotations.Nullable;

/// What a route makes of the host and the path of a request. Keeps what was there in
/// `x-envoy-original-host` and `x-envoy-original-path`, as Envoy does.
final class RequestTarget {
  private RequestTarget() {}

  /// False if the result may not stand in a head; then the request is not to be sent.
  ///
  /// @param endpointName of the endpoint that was picked; empty if it has none
  static boolean rewrite(
      HeaderMap head, RouteMatch match, TargetRewrite rewrite, String endpointName) {
    if (match.weighted() != null && !match.weighted().host().isEmpty()) {
      head.set(HeaderNames.AUTHORITY, match.weighted().host());
    }
    if (rewrite.host() != null) {
      var host = newHost(head, rewrite.host(), endpointName);
      if (host != null && !host.isEmpty() && !rewriteHost(head, host, rewrite.appendsHost())) {
        return false;
      }
    }
    return rewrite.path() == null
        || rewritePath(head, match.route().matcher().path(), rewrite.path());
  }

  /// For another attempt, which may go to an endpoint of another name.
  static void followEndpoint(HeaderMap head, TargetRewrite rewrite, String endpointName) {
    if (rewrite.host() instanceof HostRewrite.OfEndpoint && !endpointName.isEmpty()) {
      rewriteHost(head, endpointName, rewrite.appendsHost());
    }
  }

  /// The host that a service is asked for by name; null = that of the request. As in Envoy the name
  /// of the endpoint is none.
  static @Nullable String hostToAskFor(HeaderMap head, TargetRewrite rewrite) {
    var host = rewrite.host();
    return host == null || host instanceof HostRewrite.OfEndpoint ? null : newHost(head, host, "");
  }

  private static @Nullable String newHost(
      HeaderMap head, HostRewrite rewrite, String endpointName) {
    return switch (rewrite) {
      case HostRewrite.Literal(var host) -> host;
      case HostRewrite.OfEndpoint _ -> endpointName;
      case HostRewrite.OfHeader(var header) -> head.get(header);
      case HostRewrite.OfPath(var substitution) -> {
        var path = head.path();
        yield path == null ? null : substitution.apply(path.substring(0, queryStart(path)));
      }
    };
  }

  private static boolean rewriteHost(HeaderMap head, String host, boolean append) {
    var old = head.authority();
    if (!head.set(HeaderNames.AUTHORITY, host)) {
      return false;
    }
    if (old != null && !old.isEmpty()) {
      head.set(HeaderNames.X_ENVOY_ORIGINAL_HOST, old);
      if (append) {
        var before = head.get(HeaderNames.X_FORWARDED_HOST);
        head.set(HeaderNames.X_FORWARDED_HOST, before == null ? old : before + "," + old);
      }
    }
    return true;
  }

  /// False if the result may not stand in a head.
  static boolean rewritePath(HeaderMap head, PathMatcher matched, PathRewrite rewrite) {
    var path = head.path();
    var changed = path == null ? null : newPath(path, matched, rewrite);
    if (path == null || changed == null) {
      return true;
    }
    if (!head.set(HeaderNames.PATH, changed)) {
      return false;
    }
    if (!head.contains(HeaderNames.X_ENVOY_ORIGINAL_PATH)) {
      head.set(HeaderNames.X_ENVOY_ORIGINAL_PATH, path);
    }
    return true;
  }

  private static @Nullable String newPath(String path, PathMatcher matched, PathRewrite rewrite) {
    return switch (rewrite) {
      case PathRewrite.Prefix(var replacement) -> {
        var length = matchedLength(matched, path);
        yield length > path.length() ? null : replacement + path.substring(length);
      }
      case PathRewrite.Regex(var substitution) -> {
        var query = queryStart(path);
        yield substitution.apply(path.substring(0, query)) + path.substring(query);
      }
      case PathRewrite.Template(var template) -> {
        var query = queryStart(path);
        var changed = template.apply(path.substring(0, query));
        yield changed == null ? null : changed + path.substring(query);
      }
    };
  }

  /// A pattern takes all of it but the query.
  private static int matchedLength(PathMatcher matched, String path) {
    return switch (matched) {
      case PathMatcher.Prefix prefix -> prefix.prefix().length();
      case PathMatcher.Exact exact -> exact.path().length();
      case PathMatcher.SeparatedPrefix prefix -> prefix.prefix().length();
      case PathMatcher.Connect _, PathMatcher.Regex _, PathMatcher.Template _ -> queryStart(path);
    };
  }

  static int queryStart(String path) {
    var query = path.indexOf('?');
    return query < 0 ? path.length() : query;
  }
}
