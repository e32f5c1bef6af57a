package dev.outrider.proxy.downstream;

import dev.outrider.proxy.config.ServerHeader;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import org.jspecify.annotations.Nullable;

/// What every response head gets behind the last filter, in Envoy's order.
final class ResponseHeaders {
  private ResponseHeaders() {}

  static void apply(HeaderMap head, @Nullable HeaderMap request, HttpChain chain) {
    chain.context().date().addTo(head);
    var transformation = chain.http().serverHeader();
    var server = chain.serverName();
    if (transformation == ServerHeader.OVERWRITE
        || (transformation == ServerHeader.APPEND_IF_ABSENT
            && !head.contains(HeaderNames.SERVER))) {
      head.set(HeaderNames.SERVER, server, 0, server.length);
    }
    if (request != null
        && (chain.http().requestId().alwaysSetInResponse()
            || request.contains(HeaderNames.X_ENVOY_FORCE_TRACE))) {
      var id = request.get(HeaderNames.X_REQUEST_ID);
      if (id != null) {
        head.set(HeaderNames.X_REQUEST_ID, id);
      }
    }
    var via = chain.http().forwarding().via();
    if (!via.isEmpty()) {
      var old = head.get(HeaderNames.VIA);
      head.set(HeaderNames.VIA, old == null ? via : old + ", " + via);
    }
  }
}
