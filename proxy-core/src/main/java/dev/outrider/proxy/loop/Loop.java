package dev.outrider.proxy.loop;

/// One event loop: a worker's, or the main loop's. What a loop owns is touched by its thread only.
public interface Loop {
  /// Index of this loop's cells in every statistic: workers from 0, the main loop after the last
  /// worker.
  int index();

  /// Whether the caller runs on this loop's thread. Any thread may ask.
  boolean onLoop();

  /// Runs `task` on this loop, after what runs now, inside a [Turn] of its own. Any thread may call
  /// it.
  void execute(Runnable task);

  Timers timers();

  Clock clock();

  Turn turn();

  /// The public doors of loop-owned types call this; a wrong thread is a bug, not a condition.
  default void assertOnLoop() {
    assert onLoop() : "called outside loop " + index() + " by " + Thread.currentThread().getName();
  }

  /// For work that may block: parsing big configurations, compiling, files.
  default void assertNotOnLoop() {
    assert !onLoop() : "blocking work on loop " + index();
  }
}
