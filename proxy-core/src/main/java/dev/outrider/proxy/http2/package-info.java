/// One HTTP/2 connection as both roles use it (RFC 9113): frames, settings, the map of streams,
/// windows, and the limits that keep a hostile peer cheap.
///
/// Depends on `http`, `metrics`, `loop`, and on Netty's frame reader. Everything belongs to the
/// loop of its connection. What a server or a client makes of a stream is in `downstream` and
/// `upstream`.
@NullMarked
package dev.outrider.proxy.http2;

import org.jspecify.annotations.NullMarked;
