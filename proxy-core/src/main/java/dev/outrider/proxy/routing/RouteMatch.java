package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;

/// The outcome of a match: made once per route and cluster, shared by all requests.
///
/// @param clusterName empty if the action forwards nothing, or to a cluster that the request failed
///   to name
public record RouteMatch(VirtualHost virtualHost, Route route, String clusterName) {

  /// Applies the action's rewrites to the request that goes upstream, and notes in
  /// `x-envoy-original-host` and `x-envoy-original-path` what was there.
  public void rewrite(HeaderMap head) {
    if (route.action() instanceof RouteAction.Forward forward) {
      if (forward.hostRewrite() != null) {
        replace(
            head, HeaderNames.AUTHORITY, HeaderNames.X_ENVOY_ORIGINAL_HOST, forward.hostRewrite());
      }
      var path = head.path();
      if (forward.prefixRewrite() != null && path != null) {
        var rewritten = forward.prefixRewrite() + path.substring(replaced(path));
        replace(head, HeaderNames.PATH, HeaderNames.X_ENVOY_ORIGINAL_PATH, rewritten);
      }
    }
  }

  /// How much of the path the rewrite stands for: the matched prefix, or all but the query.
  private int replaced(String path) {
    return switch (route.matcher().path()) {
      case PathMatcher.Prefix(var prefix, _) -> prefix.length();
      case PathMatcher.SeparatedPrefix(var prefix, _) -> prefix.length();
      case PathMatcher.Exact _, PathMatcher.Regex _ -> {
        var query = path.indexOf('?');
        yield query < 0 ? path.length() : query;
      }
    };
  }

  private static void replace(HeaderMap head, HeaderName name, HeaderName original, String value) {
    var old = head.get(name);
    if (old != null && !old.equals(value) && head.set(name, value)) {
      head.set(original, old);
    }
  }
}
