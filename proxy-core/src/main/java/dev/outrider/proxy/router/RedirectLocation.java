package dev.outrider.proxy.router;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.routing.RouteAction;
import org.jspecify.annotations.Nullable;

/// Where a redirect sends a request (Envoy `RouteEntryImplBase::newUri`).
final class RedirectLocation {
  private static final String HTTP = "http";
  private static final String HTTPS = "https";

  private RedirectLocation() {}

  /// The same address over TLS, its port included.
  static String overTls(HeaderMap head) {
    return HTTPS + "://" + text(head.authority()) + text(head.path());
  }

  /// @param head its path already rewritten
  static String of(RouteAction.Redirect redirect, HeaderMap head) {
    var scheme = redirect.scheme().isEmpty() ? text(head.scheme()) : redirect.scheme();
    var port = redirect.port() == 0 ? "" : ":" + redirect.port();
    var host = redirect.host().isEmpty() ? host(head, scheme, !port.isEmpty()) : redirect.host();
    return scheme + "://" + host + port + path(redirect, text(head.path()));
  }

  /// That of the request; without its port if that is replaced, or was the old scheme's own.
  private static String host(HeaderMap head, String scheme, boolean otherPort) {
    var host = text(head.authority());
    var colon = host.lastIndexOf(':');
    if (colon < 0 || (host.startsWith("[") && host.charAt(colon - 1) != ']')) {
      return host;
    }
    var port = host.substring(colon);
    var before = text(head.get(HeaderNames.X_FORWARDED_PROTO));
    var usual =
        !scheme.equals(before)
            && ((before.equals(HTTPS) && port.equals(":443"))
                || (before.equals(HTTP) && port.equals(":80")));
    return otherPort || usual ? host.substring(0, colon) : host;
  }

  private static String path(RouteAction.Redirect redirect, String asked) {
    var query = RequestTarget.queryStart(asked);
    if (redirect.path().isEmpty()) {
      return redirect.stripsQuery() ? asked.substring(0, query) : asked;
    }
    var ownQuery = redirect.path().indexOf('?') >= 0;
    return ownQuery || redirect.stripsQuery()
        ? redirect.path()
        : redirect.path() + asked.substring(query);
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }
}
