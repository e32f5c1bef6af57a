package dev.outrider.proxy.downstream;

import dev.outrider.proxy.http.hpack.FieldLimits;
import dev.outrider.proxy.http2.Http2ConnectionSpec;
import dev.outrider.proxy.http2.Http2StreamPool;
import dev.outrider.proxy.metrics.StatCells;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;

/// What the HTTP/2 connections of one [HttpChain] share: statistics and free lists.
final class Http2Service {
  private static final int KEPT = 1024;

  private final HttpChain chain;
  private final StatCells stats;
  private final Http2StreamPool streams = new Http2StreamPool();
  private final ArrayDeque<Http2ServerStream> exchanges = new ArrayDeque<>();

  Http2Service(HttpChain chain, StatCells stats) {
    this.chain = chain;
    this.stats = stats;
  }

  Http2ConnectionSpec spec(ByteBufAllocator allocator) {
    var options = chain.http().http2();
    var limits = chain.http().limits();
    return new Http2ConnectionSpec(
        false,
        options,
        new FieldLimits(
            limits.requestHeaders(), limits.requestHeadBytes(), options.headerFieldBytes()),
        chain.http().requests().underscores(),
        Math.min(chain.bufferLimit(), options.streamWindow()),
        chain.http().timeouts().streamFlushMillis(),
        chain.context().loop(),
        chain.context().heads(),
        allocator,
        streams,
        stats,
        chain.context().random());
  }

  Http2ServerStream take() {
    var exchange = exchanges.pollFirst();
    return exchange == null ? new Http2ServerStream(chain) : exchange;
  }

  void giveBack(Http2ServerStream exchange) {
    if (exchanges.size() < KEPT) {
      exchanges.addFirst(exchange);
    }
  }
}
