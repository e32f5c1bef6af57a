package dev.outrider.proxy.differential;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// What the guest of one lane has said, as `level text`. Used by the lane's thread.
final class GuestLog {
  /// A guest that has been silent for so long has said all: nothing in the log tells its end, since
  /// a fence would be one more request for the guest.
  private static final long QUIET = TimeUnit.MILLISECONDS.toNanos(80);

  private final GuestLogs logs;
  private final String lane;

  GuestLog(GuestLogs logs, String lane) {
    this.logs = logs;
    this.lane = lane;
  }

  /// Waits for silence and returns what was said since the last call.
  List<String> take() throws IOException {
    var said = new ArrayList<String>();
    long until = System.nanoTime() + Wire.DEADLINE.toNanos();
    long quiet = System.nanoTime() + QUIET;
    while (System.nanoTime() < quiet && System.nanoTime() < until) {
      if (said.addAll(logs.take(lane))) {
        quiet = System.nanoTime() + QUIET;
      }
      LockSupport.parkNanos(5_000_000);
    }
    return said;
  }
}
