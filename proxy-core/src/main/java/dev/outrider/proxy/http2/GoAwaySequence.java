package dev.outrider.proxy.http2;

import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;

/// The graceful end of a connection (RFC 9113 6.8): a notice that nothing should be begun any more,
/// and, when everybody has had time to read it, the word from where on nothing is taken.
final class GoAwaySequence {
  private enum State {
    NONE,
    NOTICE,
    FINAL
  }

  private final Runnable sendNotice;
  private final Runnable sendFinal;
  private final Timer timer;
  private State state = State.NONE;

  GoAwaySequence(Loop loop, Runnable sendNotice, Runnable sendFinal) {
    this.sendNotice = sendNotice;
    this.sendFinal = sendFinal;
    this.timer = loop.timers().newTimer(this::end);
  }

  /// Whether it has begun.
  boolean begun() {
    return state != State.NONE;
  }

  /// The last word is out.
  boolean isFinal() {
    return state == State.FINAL;
  }

  /// @param noticeMillis between the two; 0 = the last word at once
  void begin(long noticeMillis) {
    if (noticeMillis == 0) {
      end();
    } else if (state == State.NONE) {
      state = State.NOTICE;
      sendNotice.run();
      timer.arm(noticeMillis);
    }
  }

  void stop() {
    timer.cancel();
  }

  private void end() {
    if (state != State.FINAL) {
      state = State.FINAL;
      timer.cancel();
      sendFinal.run();
    }
  }
}
