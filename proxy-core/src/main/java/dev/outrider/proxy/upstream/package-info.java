/// The clusters of one loop: [Upstreams][dev.outrider.proxy.upstream.Upstreams] (read it first), a
/// pool of connections per endpoint, the client side of HTTP/1.1, and the client for calls that
/// filters make.
///
/// Depends on `loadbalancing`, `cluster`, `stream`, `http`, `metrics`, `loop` and Netty's channels.
/// Everything belongs to the loop it was made for: a pool is a plain map, a stream's connection
/// lives on the stream's loop. What is shared with other loops (circuit breakers, counts per host)
/// is in `cluster`.
@NullMarked
package dev.outrider.proxy.upstream;

import org.jspecify.annotations.NullMarked;
