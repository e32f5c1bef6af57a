package dev.outrider.proxy.config;

import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.EndpointSet;
import dev.outrider.proxy.routing.RouteTable;
import dev.outrider.proxy.tls.TlsEnd;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/// Everything that is active at one moment, for readers on the control path (admin, validate).
/// Nobody on the request path holds it; workers are fed by [ConfigChange].
public record ProxyConfig(
    Map<String, Cluster> clusters,
    Map<String, EndpointSet> endpoints,
    Map<String, RouteTable> routes,
    Map<String, ListenerConfig> listeners) {

  public ProxyConfig {
    clusters = Collections.unmodifiableMap(new LinkedHashMap<>(clusters));
    endpoints = Collections.unmodifiableMap(new LinkedHashMap<>(endpoints));
    routes = Collections.unmodifiableMap(new LinkedHashMap<>(routes));
    listeners = Collections.unmodifiableMap(new LinkedHashMap<>(listeners));
  }

  /// Every end of secured connections, once.
  public Set<TlsEnd> tlsEnds() {
    var ends = new LinkedHashSet<TlsEnd>();
    for (var listener : listeners.values()) {
      for (var chain : listener.chains().all()) {
        var tls = chain.tls();
        if (tls != null) {
          ends.add(tls.server());
        }
      }
    }
    for (var cluster : clusters.values()) {
      ends.addAll(cluster.tlsEnds());
    }
    return ends;
  }
}
