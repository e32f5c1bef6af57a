package dev.outrider.proxy.accesslog.grpc;

import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import java.util.function.BooleanSupplier;

/// When the entries of one lane are sent: as soon as there are enough of them or the oldest has
/// waited long enough. What cannot be sent waits as long as there is room. The lane holds the
/// entries themselves. One loop.
public final class LogBuffer {
  private final BufferConfig config;
  private final BooleanSupplier send;
  private final Timer timer;
  private int bytes;
  private boolean closed;

  /// @param send sends all there is; false if all of it has to wait
  public LogBuffer(BufferConfig config, Loop loop, BooleanSupplier send) {
    this.config = config;
    this.send = send;
    this.timer = loop.timers().newTimer(this::flush);
  }

  /// Whether one more may be added; sends the others if that makes room.
  public boolean makeRoom() {
    if (closed) {
      return false;
    }
    if (bytes > 0 && bytes >= config.bytes()) {
      flush();
    }
    return bytes == 0 || bytes < config.bytes();
  }

  /// One more has been added.
  public void added(int size) {
    bytes += size;
    if (bytes >= config.bytes()) {
      flush();
    } else if (!timer.armed()) {
      timer.arm(config.flushMillis());
    }
  }

  /// Sends what there is. What cannot be sent now is the lane's to drop: nobody would end the call
  /// that a later attempt opens.
  public void close() {
    closed = true;
    flush();
    timer.cancel();
  }

  private void flush() {
    if (bytes == 0) {
      return;
    }
    if (send.getAsBoolean()) {
      bytes = 0;
      timer.cancel();
    } else {
      timer.arm(config.flushMillis()); // there may be a cluster, or less to send, by then
    }
  }
}
