package dev.outrider.proxy.downstream;

import dev.outrider.proxy.config.HttpTimeouts;
import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.loop.Timers;
import org.jspecify.annotations.Nullable;

/// The clocks that run against one exchange: silence, the whole request, the whole stream. Reused
/// with its stream.
final class StreamTimeouts {
  /// What to do when one of them has run out.
  interface Expiry {
    void onIdle();

    void onRequestTooSlow();

    void onTooLong();
  }

  private static final long MILLI = 1_000_000;

  private final Timers timers;
  private final Expiry expiry;
  private final Timer idle;

  /// These two are made when they are first asked for: an idle connection keeps its stream.
  private @Nullable Timer request;

  private @Nullable Timer whole;
  private long idleMillis;
  private long wholeMillis;

  StreamTimeouts(Timers timers, Expiry expiry) {
    this.timers = timers;
    this.expiry = expiry;
    this.idle = timers.newTimer(expiry::onIdle);
  }

  /// @param silenceMillis how much of it is the end; 0 = none is
  void start(HttpTimeouts config, long silenceMillis, boolean requestEnded) {
    idleMillis = silenceMillis;
    if (config.requestMillis() > 0 && !requestEnded) {
      if (request == null) {
        request = timers.newTimer(expiry::onRequestTooSlow);
      }
      request.arm(config.requestMillis());
    }
    wholeMillis = config.maxStreamMillis();
    if (wholeMillis > 0) {
      whole().arm(wholeMillis);
    }
    touch();
  }

  /// The route is known, again perhaps: how much silence it allows; 0 = any.
  void follow(long millis) {
    if (millis != idleMillis) {
      idleMillis = millis;
      touch();
    }
  }

  /// The route is known, again perhaps: how long all of it may take; 0 = any time.
  ///
  /// @param startNanos when it began, by that clock
  void limit(long millis, long startNanos, Clock clock) {
    if (millis != wholeMillis) {
      wholeMillis = millis;
      if (millis > 0) {
        whole().arm(Math.max(0, millis - (clock.nanoTime() - startNanos) / MILLI));
      } else {
        cancel(whole);
      }
    }
  }

  private Timer whole() {
    if (whole == null) {
      whole = timers.newTimer(expiry::onTooLong);
    }
    return whole;
  }

  /// Something moved.
  void touch() {
    if (idleMillis > 0) {
      idle.arm(idleMillis);
    } else {
      idle.cancel();
    }
  }

  void requestEnded() {
    cancel(request);
  }

  /// As in Envoy, the request may take as long as it likes once it is being answered.
  void responseStarted() {
    cancel(request);
  }

  void stop() {
    idle.cancel();
    cancel(request);
    cancel(whole);
  }

  private static void cancel(@Nullable Timer timer) {
    if (timer != null) {
      timer.cancel();
    }
  }
}
