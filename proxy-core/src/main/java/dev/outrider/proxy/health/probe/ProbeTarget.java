package dev.outrider.proxy.health.probe;

import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.upstream.UpstreamCluster;

/// Who is asked.
///
/// @param connections those of this host alone
/// @param hostname by which it wants to be asked; empty = it does not say
/// @param reuses whether a connection serves more than one check
record ProbeTarget(
    Loop loop,
    HeadStores heads,
    UpstreamCluster connections,
    HostPort address,
    String hostname,
    boolean reuses) {

  Endpoint endpoint() {
    return connections.endpoints().endpoints().getFirst();
  }

  /// @param configured what the check says; empty = nothing
  String host(String configured) {
    if (!hostname.isEmpty()) {
      return hostname;
    }
    return configured.isEmpty() ? connections.config().name() : configured;
  }

  boolean secured() {
    return connections.config().tlsTo(endpoint().access()) != null;
  }

  /// A check is over.
  void checked() {
    if (!reuses) {
      connections.renewConnections();
    }
  }

  void close() {
    connections.close();
  }
}
