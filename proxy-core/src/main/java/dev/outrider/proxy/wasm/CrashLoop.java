package dev.outrider.proxy.wasm;

import java.time.Duration;
import java.util.ArrayDeque;

/// Notices a plugin that fails again and again, so that it is left alone for a while instead of
/// being started all day. On the VM's thread.
final class CrashLoop {
  /// So many failures within [#WINDOW] are a loop.
  static final int MOST_FAILURES = 10;

  static final Duration WINDOW = Duration.ofMinutes(1);

  /// So long the plugin is left alone then.
  static final Duration PAUSE = Duration.ofMinutes(5);

  private final ArrayDeque<Long> failures = new ArrayDeque<>(MOST_FAILURES);

  /// Counts a failure; true if it completes a loop. Counting starts anew then.
  boolean failed(long nowNanos) {
    while (!failures.isEmpty() && nowNanos - failures.getFirst() > WINDOW.toNanos()) {
      failures.removeFirst();
    }
    failures.add(nowNanos);
    if (failures.size() < MOST_FAILURES) {
      return false;
    }
    failures.clear();
    return true;
  }
}
