package dev.outrider.proxy.downstream;

import dev.outrider.proxy.loop.Timer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/// Gives a client time to take its last answer and to close (Envoy `delayed_close_timeout`). One
/// that takes the answer slowly keeps its time as long as it takes some. Made at the end of a
/// connection; on its worker.
final class DelayedClose {
  private final HttpChain chain;
  private final Channel channel;
  private final long millis;
  private final Runnable close;
  private final Timer timer;

  // What had not left when it was last looked: all of it, and of the buffer that leaves now, which
  // counts as a whole in the former.
  private long unsent;
  private int ofFirst;

  /// Begins to wait.
  ///
  /// @param millis more than 0
  /// @param close when it has waited in vain, which has been counted
  DelayedClose(HttpChain chain, Channel channel, long millis, Runnable close) {
    this.chain = chain;
    this.channel = channel;
    this.millis = millis;
    this.close = close;
    this.timer = chain.context().loop().timers().newTimer(this::onTimer);
    moved();
    timer.arm(millis);
  }

  private void onTimer() {
    if (moved()) {
      timer.arm(millis);
    } else {
      chain.httpCells().inc(HttpStats.CX_DELAYED_CLOSE_TIMEOUT);
      close.run();
    }
  }

  /// Whether something has left since this was last asked.
  private boolean moved() {
    var written = channel.unsafe().outboundBuffer();
    var now = written == null ? 0 : written.totalPendingWriteBytes();
    var first =
        written != null && written.current() instanceof ByteBuf bytes ? bytes.readableBytes() : 0;
    var moved = now < unsent || (now == unsent && first < ofFirst);
    unsent = now;
    ofFirst = first;
    return moved;
  }

  /// The connection has ended.
  void cancel() {
    timer.cancel();
  }
}
