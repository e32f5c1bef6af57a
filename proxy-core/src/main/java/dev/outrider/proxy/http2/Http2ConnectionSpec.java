package dev.outrider.proxy.http2;

import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.http.UnderscoreNames;
import dev.outrider.proxy.http.hpack.FieldLimits;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.StatCells;
import io.netty.buffer.ByteBufAllocator;
import java.util.random.RandomGenerator;

/// What one connection is made from.
///
/// @param client whether we open the streams
/// @param fields limits on a head or trailers that we receive
/// @param underscores what becomes of such names in requests
/// @param bufferLimit bytes that may wait on one stream before its source is held back
/// @param flushMillis how long the peer may take nothing of a message that has been given in full;
///   0 = for ever
/// @param streams free list of the loop
/// @param stats cells of [Http2Stats]
/// @param random for the jitter of pings
public record Http2ConnectionSpec(
    boolean client,
    Http2Options options,
    FieldLimits fields,
    UnderscoreNames underscores,
    int bufferLimit,
    long flushMillis,
    Loop loop,
    HeadStores heads,
    ByteBufAllocator allocator,
    Http2StreamPool streams,
    StatCells stats,
    RandomGenerator random) {}
