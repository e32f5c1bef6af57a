package dev.outrider.proxy.downstream;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.Tunnel;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteMatch;
import dev.outrider.proxy.routing.UpgradeRules;
import org.jspecify.annotations.Nullable;

/// The tunnel that a request was allowed to ask for: counted from there to the end of its stream.
/// Reused with the stream.
final class StreamTunnel {
  private final HttpChain chain;
  private Tunnel asked = Tunnel.NONE;

  StreamTunnel(HttpChain chain) {
    this.chain = chain;
  }

  /// False if the request asks for a tunnel that it may not have. A CONNECT without a route is left
  /// to the router.
  boolean accept(HeaderMap request, @Nullable RouteMatch match) {
    var wanted = Tunnel.asked(request);
    if (wanted == Tunnel.NONE || (wanted == Tunnel.CONNECT && match == null)) {
      return true;
    }
    var rules =
        match != null && match.route().action() instanceof RouteAction.Forward forward
            ? forward.upgrades()
            : UpgradeRules.NONE;
    if (!rules.allow(request, chain.http().requests().upgrades())) {
      return false;
    }
    asked = wanted;
    chain.counts().tunnelStarted();
    return true;
  }

  /// The filters that the request passes.
  StreamChain filters(HeaderMap request) {
    return asked == Tunnel.NONE ? chain.filters() : chain.filters(UpgradeRules.type(request));
  }

  /// Whether the two sides talk freely once this response head has left.
  boolean opens(HeaderMap response) {
    return asked.opens(response);
  }

  /// As above; a CONNECT that ends with its answer has opened nothing.
  boolean opens(HeaderMap response, boolean end) {
    return opens(response) && (!end || asked == Tunnel.UPGRADE);
  }

  /// With the stream.
  void end() {
    if (asked != Tunnel.NONE) {
      chain.counts().tunnelEnded();
      asked = Tunnel.NONE;
    }
  }
}
