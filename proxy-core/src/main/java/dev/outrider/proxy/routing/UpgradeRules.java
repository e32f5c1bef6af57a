package dev.outrider.proxy.routing;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Tunnel;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which tunnels may be asked for, of a connection manager or of a route (Envoy `upgrade_configs`).
///
/// @param enabled by upgrade type in lower case, `connect` for CONNECT; what is not mentioned is up
///   to the connection manager, or forbidden by it
/// @param terminatesConnect the bytes of a CONNECT go to the upstream without an HTTP request
public record UpgradeRules(Map<String, Boolean> enabled, boolean terminatesConnect) {
  public static final UpgradeRules NONE = new UpgradeRules(Map.of(), false);

  public UpgradeRules {
    enabled = Map.copyOf(enabled);
  }

  /// Whether a route with these rules lets the request through that asks for a tunnel: what the
  /// route says counts, else what `manager` says, else no.
  public boolean allow(HeaderMap request, UpgradeRules manager) {
    var type = type(request);
    var own = type == null ? null : enabled.get(type);
    return own != null ? own : type != null && manager.enabled.getOrDefault(type, false);
  }

  /// What the request asks for, in lower case. The whole value counts: a list of protocols is a
  /// type of its own, as in Envoy.
  public static @Nullable String type(HeaderMap request) {
    var named = Tunnel.isConnect(request) ? request.method() : request.get(HeaderNames.UPGRADE);
    return named == null ? null : named.toLowerCase(Locale.ROOT);
  }
}
