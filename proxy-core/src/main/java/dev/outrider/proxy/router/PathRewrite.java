package dev.outrider.proxy.router;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.routing.PathMatcher;

/// Puts another prefix where the one was that the route matched; what follows it stays, query
/// included. Keeps what was in `x-envoy-original-path`, as Envoy does.
final class PathRewrite {
  private PathRewrite() {}

  static void apply(HeaderMap head, PathMatcher matched, String replacement) {
    var path = head.path();
    var length = matchedLength(matched);
    if (path == null || length < 0 || length > path.length()) {
      return;
    }
    if (!head.contains(HeaderNames.X_ENVOY_ORIGINAL_PATH)) {
      head.set(HeaderNames.X_ENVOY_ORIGINAL_PATH, path);
    }
    head.set(HeaderNames.PATH, replacement + path.substring(length));
  }

  /// -1: a pattern has no prefix.
  private static int matchedLength(PathMatcher matched) {
    return switch (matched) {
      case PathMatcher.Prefix prefix -> prefix.prefix().length();
      case PathMatcher.Exact exact -> exact.path().length();
      case PathMatcher.SeparatedPrefix prefix -> prefix.prefix().length();
      case PathMatcher.Connect _, PathMatcher.Regex _ -> -1;
    };
  }
}
