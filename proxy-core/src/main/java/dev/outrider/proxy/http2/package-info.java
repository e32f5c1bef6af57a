/// One HTTP/2 connection as both roles use it (RFC 9113): frames, settings, the map of streams,
/// windows, and the limits that keep a hostile peer cheap.
///
/// Depends on `http`, `metrics`, `loop`, and Netty's buffers. Everything belongs to the loop of its
/// connection. What a server or a client makes of a stream is in `downstream` and `upstream`. Read
/// first: [Http2Connection], [Http2Role], [Http2StreamSink].
///
/// A stream is recycled: its owner calls [Http2Stream#done] exactly once and forgets it. DATA that
/// arrives while nobody holds the stream is credited at once, what arrives while it is held when it
/// is released, what belongs to a stream that is over to the connection.
@NullMarked
package dev.outrider.proxy.http2;

import org.jspecify.annotations.NullMarked;
