package dev.outrider.proxy.outlier;

import java.util.concurrent.atomic.AtomicInteger;

/// Requests of one host in one interval, and those of them that succeeded. Counted on any thread;
/// the rest is the main loop's.
final class SuccessCount {
  private static final double NONE = -1;

  private final AtomicInteger total = new AtomicInteger();
  private final AtomicInteger successes = new AtomicInteger();
  private int volume;
  private double percent = NONE;
  private double shown = NONE;

  void success() {
    total.getAndIncrement();
    successes.getAndIncrement();
  }

  void failure() {
    total.getAndIncrement();
  }

  /// Begins a new interval; what is asked for below is about the one that ends.
  void nextInterval() {
    volume = total.getAndSet(0);
    var good = Math.min(successes.getAndSet(0), volume);
    percent = volume == 0 ? NONE : good * 100.0 / volume;
    shown = NONE;
  }

  int volume() {
    return volume;
  }

  /// Negative if there was no request.
  double percent() {
    return percent;
  }

  /// There were enough requests for [#percent] to mean something.
  void show() {
    shown = percent;
  }

  /// What `/clusters` shows: -1 for an interval with too few requests.
  double shown() {
    return shown;
  }
}
