package dev.outrider.proxy.xds.route;

import dev.outrider.proxy.attributes.HeaderEdit;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.routing.HeaderMutations;
import dev.outrider.proxy.xds.core.HeaderEditParser;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads what one level of a route configuration does to heads: `request_headers_to_add`,
/// `response_headers_to_remove` and the other two.
final class HeaderMutationsParser {
  private HeaderMutationsParser() {}

  static HeaderMutations parse(RouteConfiguration message, Scope scope) {
    return mutations(
        message.getRequestHeadersToAddList(),
        message.getRequestHeadersToRemoveList(),
        message.getResponseHeadersToAddList(),
        message.getResponseHeadersToRemoveList(),
        scope);
  }

  static HeaderMutations parse(VirtualHost message, Scope scope) {
    return mutations(
        message.getRequestHeadersToAddList(),
        message.getRequestHeadersToRemoveList(),
        message.getResponseHeadersToAddList(),
        message.getResponseHeadersToRemoveList(),
        scope);
  }

  static HeaderMutations parse(Route message, Scope scope) {
    return mutations(
        message.getRequestHeadersToAddList(),
        message.getRequestHeadersToRemoveList(),
        message.getResponseHeadersToAddList(),
        message.getResponseHeadersToRemoveList(),
        scope);
  }

  static HeaderMutations parse(ClusterWeight message, Scope scope) {
    return mutations(
        message.getRequestHeadersToAddList(),
        message.getRequestHeadersToRemoveList(),
        message.getResponseHeadersToAddList(),
        message.getResponseHeadersToRemoveList(),
        scope);
  }

  /// The four messages have nothing in common but these names.
  private static HeaderMutations mutations(
      List<HeaderValueOption> requestAdds,
      List<String> requestRemoves,
      List<HeaderValueOption> responseAdds,
      List<String> responseRemoves,
      Scope scope) {
    return HeaderMutations.of(
        edits(
            requestAdds,
            "request_headers_to_add",
            requestRemoves,
            "request_headers_to_remove",
            scope),
        edits(
            responseAdds,
            "response_headers_to_add",
            responseRemoves,
            "response_headers_to_remove",
            scope));
  }

  private static List<HeaderEdit> edits(
      List<HeaderValueOption> added,
      String addedField,
      List<String> removed,
      String removedField,
      Scope scope) {
    var edits = new ArrayList<HeaderEdit>();
    for (var i = 0; i < removed.size(); i++) {
      var name = removable(removed.get(i), scope.item(removedField, i));
      if (name != null) {
        edits.add(new HeaderEdit.Remove(name));
      }
    }
    edits.addAll(HeaderEditParser.parse(added, scope, addedField));
    return edits;
  }

  private static @Nullable HeaderName removable(String text, Scope scope) {
    try {
      var name = HeaderName.of(text);
      if (!name.isPseudo() && !name.equals(HeaderNames.HOST)) {
        return name;
      }
      scope.problem(":-prefixed or host headers may not be removed");
    } catch (IllegalArgumentException e) {
      scope.problem(String.valueOf(e.getMessage()));
    }
    return null;
  }
}
