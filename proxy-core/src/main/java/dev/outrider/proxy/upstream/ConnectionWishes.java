package dev.outrider.proxy.upstream;

import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.stream.ConnectionInfo;
import org.jspecify.annotations.Nullable;

/// What attempts at one cluster want of their connections: the names that their requests ask for,
/// and the client, where a PROXY header names it or it has connections of its own. Made for a
/// cluster with its first attempt; on its loop.
public final class ConnectionWishes {
  private final UpstreamCluster cluster;

  /// Made when a request decides something.
  private @Nullable RequestedNames names;

  ConnectionWishes(UpstreamCluster cluster) {
    this.cluster = cluster;
  }

  /// Those of an attempt of our own.
  public TransportSocketOptions of(HeaderMap head) {
    return names(head, null);
  }

  /// Those of an attempt made for a client.
  ///
  /// @param newHost what the host of the request is to become; null or empty = it stays
  /// @param client on whose behalf it is
  public TransportSocketOptions of(
      HeaderMap head, @Nullable String newHost, ConnectionInfo client) {
    var named = onBehalfOf(client, names(head, newHost));
    return ownPool() || cluster.membersAskWho() ? named.apart(client.id()) : named;
  }

  /// Those of the bytes of a client.
  public TransportSocketOptions of(ConnectionInfo client) {
    return onBehalfOf(client, TransportSocketOptions.NONE);
  }

  /// Whose endpoint it will be is not known yet.
  private TransportSocketOptions onBehalfOf(ConnectionInfo client, TransportSocketOptions options) {
    return cluster.config().proxies() || cluster.membersAskWho()
        ? options.onBehalfOf(ProxiedClient.of(client.addresses()))
        : options;
  }

  private TransportSocketOptions names(HeaderMap head, @Nullable String newHost) {
    var wanted = cluster.config().http().autoSni();
    if (!wanted.asks()) {
      return TransportSocketOptions.NONE;
    }
    var reader = names;
    if (reader == null) {
      reader = new RequestedNames();
      names = reader;
    }
    return reader.of(head, newHost, wanted);
  }

  private boolean ownPool() {
    return cluster.config().connections().poolPerClient();
  }

  /// What of them counts at an endpoint of this cluster.
  TransportSocketOptions reaching(Endpoint endpoint, TransportSocketOptions options) {
    var proxied = cluster.config().proxyTo(endpoint.access()) != null;
    var named = proxied ? options : options.onBehalfOf(null);
    return ownPool() ? named : named.apart(0);
  }
}
