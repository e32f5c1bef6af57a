package dev.outrider.proxy.http2;

import dev.outrider.proxy.http.Http2Options.Keepalive;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import java.util.random.RandomGenerator;

/// Asks the peer now and then whether it is there (Envoy `KeepaliveSettings`).
final class KeepalivePings {
  /// The connection, as pings see it.
  interface Pinger {
    void ping(long data);

    void onNoAnswer();
  }

  private final Keepalive config;
  private final Loop loop;
  private final RandomGenerator random;
  private final Pinger pinger;
  private final Timer interval;
  private final Timer timeout;
  private long lastRead;

  KeepalivePings(Keepalive config, Loop loop, RandomGenerator random, Pinger pinger) {
    this.config = config;
    this.loop = loop;
    this.random = random;
    this.pinger = pinger;
    this.interval = loop.timers().newTimer(this::ask);
    this.timeout = loop.timers().newTimer(pinger::onNoAnswer);
  }

  void start() {
    if (config.idleIntervalMillis() > 0) {
      lastRead = loop.clock().nanoTime();
    }
    next();
  }

  /// Something came. A peer that sends is there, even if the answer is still behind other things.
  void onRead() {
    if (config.idleIntervalMillis() > 0) {
      lastRead = loop.clock().nanoTime();
    }
    if (timeout.armed()) {
      timeout.arm(config.timeoutMillis());
    }
  }

  void onAnswer() {
    timeout.cancel();
    next();
  }

  /// A stream is about to begin: on a connection that was silent for long, ask first.
  void onOpen() {
    if (config.idleIntervalMillis() > 0
        && loop.clock().nanoTime() - lastRead >= config.idleIntervalMillis() * 1_000_000) {
      ask();
    }
  }

  void stop() {
    interval.cancel();
    timeout.cancel();
  }

  private void next() {
    if (config.intervalMillis() > 0) {
      var jitter = config.intervalMillis() * config.jitterPercent() / 100;
      interval.arm(config.intervalMillis() + (jitter > 0 ? random.nextLong(jitter) : 0));
    }
  }

  private void ask() {
    if (!timeout.armed()) {
      interval.cancel();
      pinger.ping(loop.clock().nanoTime());
      timeout.arm(config.timeoutMillis());
    }
  }
}
