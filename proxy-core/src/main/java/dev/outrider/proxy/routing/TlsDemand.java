package dev.outrider.proxy.routing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.routing.VirtualHost.TlsRequirement;

/// What a virtual host demands of its requests before it looks at their paths (Envoy
/// `VirtualHost.require_tls`).
final class TlsDemand {
  private static final byte[] HTTPS = "https".getBytes(US_ASCII);
  private static final byte[] TRUE = "true".getBytes(US_ASCII);

  private final TlsRequirement requirement;
  private final RouteMatch redirect;

  TlsDemand(VirtualHost host) {
    requirement = host.requiredTls();
    var matcher = new RouteMatcher(new PathMatcher.Prefix("/", true));
    redirect = new RouteMatch(host, new Route("", matcher, new RouteAction.TlsRedirect()), "");
  }

  boolean isUnmetBy(HeaderMap head) {
    return switch (requirement) {
      case NONE -> false;
      case EXTERNAL_ONLY ->
          !says(head, HeaderNames.X_FORWARDED_PROTO, HTTPS)
              && !says(head, HeaderNames.X_ENVOY_INTERNAL, TRUE);
      case ALL -> !says(head, HeaderNames.X_FORWARDED_PROTO, HTTPS);
    };
  }

  private static boolean says(HeaderMap head, HeaderName name, byte[] value) {
    var line = head.find(name);
    return line >= 0 && head.valueEquals(line, value);
  }

  RouteMatch redirect() {
    return redirect;
  }
}
