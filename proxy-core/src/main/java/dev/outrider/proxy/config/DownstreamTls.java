package dev.outrider.proxy.config;

import dev.outrider.proxy.tls.ServerTls;

/// What the connections of a chain are secured with.
///
/// @param handshakeTimeoutMillis how long a client may take for its handshake (Envoy
///   `FilterChain.transport_socket_connect_timeout`); 0 = as long as an idle connection may last
public record DownstreamTls(ServerTls server, long handshakeTimeoutMillis) {}
