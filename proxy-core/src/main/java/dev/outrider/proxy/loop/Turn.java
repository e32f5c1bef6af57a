package dev.outrider.proxy.loop;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One event from outside (bytes, a timer, a task), handled to its end. Owned by one loop.
///
/// Everything that could re-enter a caller (resume, reset, reply, writability, close, release) is
/// posted here as a signal and runs at the end of the turn, in order, with nobody on the stack.
/// Writes gathered in the turn are flushed after the signals. Posting allocates nothing.
///
/// A *round* is all the turns between two waits of the loop. Connections that many exchanges share
/// flush at its end, so that answers that became ready together leave in one system call.
public final class Turn {
  private final Runnable wake;
  private final @Nullable Runnable awaitRoundEnd;
  private @Nullable SignalTarget[] targets = new @Nullable SignalTarget[64];
  private long[] signals = new long[64];
  private int head;
  private int size;
  private @Nullable Runnable[] flushes = new @Nullable Runnable[64];
  private int flushCount;
  private @Nullable Runnable[] roundFlushes = new @Nullable Runnable[64];
  private int roundFlushCount;
  private int depth;

  /// `wake` is called when something is posted outside any turn; it must have the loop run [#run]
  /// soon.
  public Turn(Runnable wake) {
    this.wake = wake;
    this.awaitRoundEnd = null;
  }

  /// For a loop with rounds: `awaitRoundEnd` is called once in a round that needs it, and must have
  /// the loop call [#endRound] before it waits again.
  public Turn(Runnable wake, Runnable awaitRoundEnd) {
    this.wake = wake;
    this.awaitRoundEnd = awaitRoundEnd;
  }

  /// Enters; turns nest, and only the outermost runs the signals. Pair with [#end] or
  /// [#endAndFlush] in a `finally`.
  public void begin() {
    depth++;
  }

  /// Runs the signals when this is the outermost turn; leaves the flushes to the next
  /// [#endAndFlush].
  public void end() {
    try {
      if (depth == 1) {
        runSignals();
      }
    } finally {
      depth--;
    }
  }

  /// Runs the signals, then the flushes, until neither is left.
  public void endAndFlush() {
    try {
      if (depth == 1) {
        runSignals();
        while (flushCount > 0) {
          runFlushes();
          runSignals();
        }
      }
    } finally {
      depth--;
    }
  }

  /// Handles an event in a turn of its own, which flushes at its end.
  ///
  /// @param whose is told of a bug in it
  public void handle(SignalTarget whose, Runnable event) {
    begin();
    try {
      event.run();
    } catch (RuntimeException | Error bug) {
      whose.onBug(bug);
    } finally {
      endAndFlush();
    }
  }

  /// A turn with nothing of its own.
  public void run() {
    begin();
    endAndFlush();
  }

  /// Posts `signal` (0..255) to `target`; dropped if the target has another generation by then.
  public void post(SignalTarget target, int signal) {
    if (size == targets.length) {
      grow();
    }
    var tail = (head + size) & (targets.length - 1);
    targets[tail] = target;
    signals[tail] = (long) target.generation() << 8 | signal;
    size++;
    if (depth == 0 && size == 1) {
      wake.run();
    }
  }

  /// Has `flush` run once the signals of this turn are done. The caller remembers that it has
  /// asked.
  public void flushLater(Runnable flush) {
    if (flushCount == flushes.length) {
      flushes = Arrays.copyOf(flushes, flushCount * 2);
    }
    flushes[flushCount++] = flush;
    if (depth == 0 && flushCount == 1) {
      wake.run();
    }
  }

  /// As [#flushLater], but at the end of the round, on a loop that has rounds.
  public void flushAfterRound(Runnable flush) {
    if (awaitRoundEnd == null) {
      flushLater(flush);
      return;
    }
    if (roundFlushCount == roundFlushes.length) {
      roundFlushes = Arrays.copyOf(roundFlushes, roundFlushCount * 2);
    }
    roundFlushes[roundFlushCount++] = flush;
    if (roundFlushCount == 1) {
      awaitRoundEnd.run();
    }
  }

  /// A turn that flushes what was kept for the end of the round.
  public void endRound() {
    begin();
    for (var i = 0; i < roundFlushCount; i++) {
      var flush = roundFlushes[i];
      roundFlushes[i] = null;
      if (flush != null) {
        flushLater(flush);
      }
    }
    roundFlushCount = 0;
    endAndFlush();
  }

  private void runSignals() {
    while (size > 0) {
      var target = targets[head];
      var word = signals[head];
      targets[head] = null;
      head = (head + 1) & (targets.length - 1);
      size--;
      if (target != null && target.generation() == (int) (word >> 8)) {
        deliver(target, (int) word & 0xff);
      }
    }
  }

  private static void deliver(SignalTarget target, int signal) {
    try {
      target.onSignal(signal);
    } catch (RuntimeException | Error bug) {
      target.onBug(bug); // the signals of other streams behind this one must still run
    }
  }

  private void runFlushes() {
    while (flushCount > 0) {
      var flush = flushes[--flushCount];
      flushes[flushCount] = null;
      if (flush != null) {
        flush.run();
      }
    }
  }

  private void grow() {
    var newTargets = new @Nullable SignalTarget[targets.length * 2];
    var newSignals = new long[newTargets.length];
    for (var i = 0; i < size; i++) {
      var from = (head + i) & (targets.length - 1);
      newTargets[i] = targets[from];
      newSignals[i] = signals[from];
    }
    targets = newTargets;
    signals = newSignals;
    head = 0;
  }
}
