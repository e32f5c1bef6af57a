package dev.outrider.proxy.upstream;

import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.loop.Timers;
import dev.outrider.proxy.metrics.GaugeShare;
import dev.outrider.proxy.metrics.StatCells;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/// Shows what was written to a connection and has not left it, with the channel's own 96 bytes for
/// each buffer: `*_tx_bytes_buffered`. On the connection's loop.
public final class UnsentBytes {
  /// The channel does not tell when the last bytes leave, so it is asked again as long as there are
  /// some.
  private static final long AGAIN_MILLIS = 1_000;

  private final Channel channel;
  private final Timers timers;
  private final GaugeShare gauge;
  private @Nullable Timer again;

  public UnsentBytes(Channel channel, Timers timers, StatCells cells, int stat) {
    this.channel = channel;
    this.timers = timers;
    this.gauge = new GaugeShare(cells, stat);
  }

  /// To be called behind each flush, and when the channel is closed.
  public void look() {
    var written = channel.unsafe().outboundBuffer();
    var unsent = written == null ? 0 : written.totalPendingWriteBytes();
    gauge.show(unsent);
    if (unsent > 0) {
      var timer = again;
      if (timer == null) {
        timer = timers.newTimer(this::look);
        again = timer;
      }
      timer.arm(AGAIN_MILLIS);
    }
  }

  /// The connection has ended; nothing is shown any more.
  public void close() {
    gauge.show(0);
    if (again != null) {
      again.cancel();
    }
  }
}
