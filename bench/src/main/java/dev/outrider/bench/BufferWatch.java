package dev.outrider.bench;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Looks every millisecond how much the process holds in buffers.
final class BufferWatch {
  private static final long PAUSE_NANOS = 1_000_000;

  private volatile boolean watching;
  private @Nullable Thread thread;
  private volatile long peak;

  /// Answers what is held at the start.
  long start() {
    watching = true;
    peak = Held.buffers();
    thread = Thread.ofPlatform().daemon().name("buffer-watch").start(this::watch);
    return peak;
  }

  private void watch() {
    while (watching) {
      var now = Held.buffers();
      if (now > peak) {
        peak = now;
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /// Answers the most that was seen.
  long stop() {
    watching = false;
    try {
      if (thread != null) {
        thread.join();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return peak;
  }
}
