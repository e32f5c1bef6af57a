/// The clusters of one loop: [Upstreams][dev.outrider.proxy.upstream.Upstreams] (read it first), a
/// pool of connections per endpoint and version of HTTP, the client side of both versions,
/// connections for bytes without a protocol
/// ([TcpUpstream][dev.outrider.proxy.upstream.TcpUpstream]), and the client for calls, gRPC's
/// included, that filters make. A connection of either kind comes about by a `Dial`.
///
/// Depends on `loadbalancing`, `cluster`, `stream`, `http`, `http2`, `metrics`, `loop` and Netty's
/// channels. Everything belongs to the loop it was made for: a pool is a plain map, a stream's
/// connection lives on the stream's loop. What is shared with other loops (circuit breakers, counts
/// per host) is in `cluster`.
@NullMarked
package dev.outrider.proxy.upstream;

import org.jspecify.annotations.NullMarked;
