package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Takes the endpoint that the host of the request names (Envoy's dynamic forward proxy).
public final class ForwardPicker implements HostPicker {
  private final Map<String, Endpoint> byAuthority;

  private ForwardPicker(Map<String, Endpoint> byAuthority) {
    this.byAuthority = byAuthority;
  }

  /// One that finds endpoints by the names of their hosts.
  ///
  /// @param endpoints whose host names are names with ports
  /// @param defaultPort need not be said
  public static ForwardPicker of(EndpointSet endpoints, int defaultPort) {
    var byAuthority = new HashMap<String, Endpoint>();
    var suffix = ":" + defaultPort;
    for (var endpoint : endpoints.endpoints()) {
      var name = endpoint.hostname();
      byAuthority.put(name, endpoint);
      if (name.endsWith(suffix)) {
        byAuthority.put(name.substring(0, name.length() - suffix.length()), endpoint);
      }
    }
    return new ForwardPicker(byAuthority);
  }

  @Override
  public @Nullable Endpoint pick(PickContext context) {
    var authority = context.host();
    var named = authority == null ? null : byAuthority.get(authority);
    return named != null && (named.healthy() || named.degraded()) ? named : null;
  }
}
