/// HTTP messages as bytes: header map and its store, the HTTP/1.1 codec, body buffer, and the
/// contracts between the boxes of the request path.
///
/// Depends on the JDK, on Netty's buffers and on floor 0; no channel, no socket. Everything here
/// belongs to one loop. Read first: `HeaderMap`, then `MessageSink`.
///
/// **How a head lies in memory** (`HeadLines`): one `byte[]` and one `int[]` of five ints per line:
/// key, name offset and length, value offset and length. The key is the id of a known name or the
/// hash of another one, so that looking for a known name compares ints only. Names are lower-case
/// in place.
///
/// ```
///  received (copied once, tokenised in place)                        edits (behind the tail, same form)
///  GET /x HTTP/1.1rn host: arn accept: */*rn x-old: 1rn rn http      x-old: 2rn x-new: 3rn
///  ^^^ ^^            ^         ^^^^^^^^^^^^^                ^^^^      ^^^^^^^^^^ ^^^^^^^^^^
///  :method :path   :authority   line 4                     :scheme    line 5     line 6
/// ```
///
/// Start line and `host` become pseudo-headers, which are offsets into the same bytes. Every line
/// that was received in canonical form and every edited one lies there as it goes out, so that
/// `HeadWriter` copies neighbours in one piece. When the array is full, the live lines move into a
/// larger one and what edits left behind is gone.
///
/// **Life of a head**: `Http1Parser` takes a map from the loop's `HeadStores` at the first byte of
/// a message, reads into it, and hands it to `Http1Events.onHead`, which takes it. The exchange
/// passes it along its sinks as borrowed, and releases it after the access log. Where assertions
/// are enabled (tests) a released map is never used again and its bytes are overwritten; elsewhere
/// map and arrays go to the next message. In steady state a head allocates nothing
/// (`CodecAllocationTest`).
///
/// **Checks, in order**: the codec refuses what has no unambiguous framing or characters
/// (`MessageError#protocolError`); `HopByHop` takes away what belongs to the connection;
/// `RequestHeadCheck` wants host and path. Stricter than Envoy, on purpose: two hosts, folded
/// lines, bare CR or LF (in responses as well), and 16 KiB of chunk extensions are refused;
/// forbidden trailers are dropped; what a response's `connection` names is removed; a
/// `content-length` that is not that of the body never reaches the wire. An edit that would break
/// out of its line is refused by `HeaderMap` itself.
///
/// **Tunnels**: behind the head of an upgrade or of CONNECT come bytes, not a body; `Tunnel` says
/// which response opens one. Half of one may end before the other where the transport can say so:
/// an HTTP/1 peer that closes ends both, as in Envoy.
///
/// **Where bytes of a body can be, and what bounds them.** Nothing grows with the length of a
/// message or the number of its pieces; a buffer limit is `per_connection_buffer_limit_bytes` of
/// the listener or the cluster (1 MiB; 0 = as Envoy, no limit of either kind). "One read" is what
/// the socket gives in one go, at most 64 KiB.
///
/// | place | holds | bound | then |
/// |---|---|---|---|
/// | `Http1RequestReader.unread`, `Http1ResponseReader.unread` | bytes nobody may take yet | the rest of one read and one more | reading stops (`autoRead`) |
/// | `Http1Parser`, `HeadReader` | one unfinished head | `Http1Limits` | 431, 502 |
/// | `Http1Writer`, `http2.FrameWriter` | heads and small chunks of this turn | what one turn reads, 16 reads | flushed at the end of the turn |
/// | the channel's outbound buffer | written, not taken by the socket | buffer limit and one turn | `Hold.SINK` on the producer |
/// | `http2.Http2Stream` outbound | DATA without window or turn | buffer limit, what the channel has not sent included | unwritable: `Hold.SINK` |
/// | HTTP/2 inbound | bytes held back | stream and connection window | no credit |
/// | `filter.Slot` | what one filter keeps | buffer limit and one chunk | 413 / 500, or `Hold.FILTER` |
/// | `ConnectTunnel.waiting` | what a client says before its CONNECT has a connection | window, or one read | `Hold.SINK` |
/// | `UpstreamStream.waiting` | the request of an attempt without connection | buffer limit and one read; requests: `max_pending_requests` | `Hold.SINK`; 503 |
/// | `HttpCallout.body` | the answer to a callout | buffer limit and one chunk | the call fails |
/// | access log `SinkLane` | lines the file did not take | 1 MiB per loop and file | dropped and counted |
/// | admin requests | one request | 64 KiB | 413 |
///
/// `BodyBuffer` copies small chunks together and lets go of reads that filled little of their
/// buffer, so that memory is bounded with the bytes. `HeldBytesIT` measures the whole.
///
/// HTTP/2 fills the same `HeaderMap` through `add` and uses the same sinks; only `Http1*` and
/// `Head*` (reader, writer, assembly) are particular to HTTP/1.1.
@NullMarked
package dev.outrider.proxy.http;

import org.jspecify.annotations.NullMarked;
