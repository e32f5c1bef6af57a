package dev.outrider.proxy.downstream;

import dev.outrider.proxy.config.HttpTimeouts;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.loop.Timers;

/// The clocks that run against one exchange: silence, the whole request, the whole stream. Reused
/// with its stream.
final class StreamTimeouts {
  /// What to do when one of them has run out.
  interface Expiry {
    void onIdle();

    void onRequestTooSlow();

    void onTooLong();
  }

  private final Timer idle;
  private final Timer request;
  private final Timer whole;
  private long idleMillis;

  StreamTimeouts(Timers timers, Expiry expiry) {
    idle = timers.newTimer(expiry::onIdle);
    request = timers.newTimer(expiry::onRequestTooSlow);
    whole = timers.newTimer(expiry::onTooLong);
  }

  void start(HttpTimeouts config, boolean requestEnded) {
    idleMillis = config.streamIdleMillis();
    if (config.requestMillis() > 0 && !requestEnded) {
      request.arm(config.requestMillis());
    }
    if (config.maxStreamMillis() > 0) {
      whole.arm(config.maxStreamMillis());
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

  /// Something moved.
  void touch() {
    if (idleMillis > 0) {
      idle.arm(idleMillis);
    } else {
      idle.cancel();
    }
  }

  void requestEnded() {
    request.cancel();
  }

  /// As in Envoy, the request may take as long as it likes once it is being answered.
  void responseStarted() {
    request.cancel();
  }

  void stop() {
    idle.cancel();
    request.cancel();
    whole.cancel();
  }
}
