package dev.outrider.proxy.router;

import dev.outrider.proxy.attributes.HeaderEdit;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.routing.RouteMatch;
import java.util.List;

/// What a route does to the heads that pass it.
final class RouteHeaders {
  private RouteHeaders() {}

  /// Before host and path are rewritten, which may go by what is added here. Of the upstream
  /// nothing is known to formats, though an endpoint has been picked (as Envoy).
  static void editRequest(RouteMatch match, HeaderMap head, RouterHost host, RouterScope scope) {
    edit(match.headers().request(), head, host, scope);
  }

  static void editResponse(RouteMatch match, HeaderMap head, RouterHost host, RouterScope scope) {
    if (!match.headers().response().isEmpty()) {
      host.info().responseCode(head.status()); // formats see it
      edit(match.headers().response(), head, host, scope);
    }
  }

  private static void edit(
      List<List<HeaderEdit>> levels, HeaderMap head, RouterHost host, RouterScope scope) {
    if (!levels.isEmpty()) {
      host.info().times().latest(host.loop().clock().nanoTime());
      scope.edits().applyAll(levels, head, host.info());
    }
  }
}
