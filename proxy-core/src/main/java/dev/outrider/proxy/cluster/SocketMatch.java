package dev.outrider.proxy.cluster;

import dev.outrider.proxy.tls.ClientTls;
import org.jspecify.annotations.Nullable;

/// A transport socket for some endpoints of a cluster (Envoy
/// cluster.v3.Cluster.TransportSocketMatch).
///
/// @param name in statistics
/// @param labels what such an endpoint says of itself under `envoy.transport_socket_match`: the
///   serialised `google.protobuf.Struct`
/// @param tls null = plain text
/// @param proxy with which such connections begin; null = with nothing
public record SocketMatch(
    String name, Metadata labels, @Nullable ClientTls tls, @Nullable ProxyHeaderSpec proxy) {

  /// Without a PROXY header.
  public SocketMatch(String name, Metadata labels, @Nullable ClientTls tls) {
    this(name, labels, tls, null);
  }
}
