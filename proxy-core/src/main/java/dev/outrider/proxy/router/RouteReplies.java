package dev.outrider.proxy.router;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteMatch;
import dev.outrider.proxy.upstream.UpstreamFailures;

/// The answers of routes that send a request nowhere.
final class RouteReplies {
  static final LocalReply REWRITE_DOES_NOT_FIT = LocalReply.of(500, "route_rewrite_does_not_fit");
  static final LocalReply NO_ROUTE = LocalReply.of(404, "route_not_found");

  private static final String DETAILS = "direct_response";

  private RouteReplies() {}

  static LocalReply noCluster(RouteAction.Forward forward) {
    return LocalReply.of(
        forward.clusterNotFoundCode(), UpstreamFailures.CLUSTER_NOT_FOUND.details());
  }

  /// Filters or the route left a head that cannot be sent.
  static LocalReply missing(HeaderName header) {
    var text = "missing required header: " + header;
    var details = "filter_removed_required_request_headers{" + text.replace(' ', '_') + "}";
    return LocalReply.of(503, text, details);
  }

  static LocalReply of(RouteAction.DirectResponse direct) {
    return LocalReply.of(direct.status(), direct.body().bytes(), DETAILS);
  }

  static LocalReply of(RouteAction.Redirect redirect, RouteMatch match, HeaderMap head) {
    var rewrite = redirect.pathRewrite();
    return rewrite == null
            || RequestTarget.rewritePath(head, match.route().matcher().path(), rewrite)
        ? to(redirect.status(), RedirectLocation.of(redirect, head))
        : REWRITE_DOES_NOT_FIT;
  }

  static LocalReply overTls(HeaderMap head) {
    return to(301, RedirectLocation.overTls(head));
  }

  private static LocalReply to(int status, String location) {
    return LocalReply.of(status, DETAILS).withHeader(HeaderNames.LOCATION, location);
  }
}
