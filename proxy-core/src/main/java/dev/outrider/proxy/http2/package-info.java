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
///
/// DATA is passed on as it comes, in pieces of its frame. A reset follows what was given before it,
/// as far as the windows allow. Inbound, [InboundSide] is about frames and [InboundHeads] about
/// messages; [StreamTable] knows which streams there have been.
///
/// **Why not Netty's codec.** Its frame reader makes 216 bytes of objects for a HEADERS and a DATA
/// frame (measured, 4.2.18) before anybody has looked at them, its writer a promise aggregator and
/// promises for each frame; a proxied request reads and writes four such pairs, and the target for
/// all of it is 300 bytes. It also leaves the rules about messages and most limits to others.
/// [FrameReader] and [FrameWriter] make none, and need no channel in tests.
///
/// **Compared with a running Envoy 1.40** (frame by frame, with access log and statistics):
/// details, flags, RST codes and limits are the same. Different on purpose, as RFC 9113 and h2spec
/// want it: whatever costs the connection is told with GOAWAY, where Envoy often only closes; DATA
/// or HEADERS behind END_STREAM costs the stream; a stream id that goes back is an error.
@NullMarked
package dev.outrider.proxy.http2;

import org.jspecify.annotations.NullMarked;
