package dev.outrider.proxy.xds.stream;

import dev.outrider.proxy.config.DiscoveryService.RequestRate;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Lets no more requests out than a control plane wants to have, in the order in which they were
/// made. The bucket outlives streams: a control plane that drops them is not asked more often. Main
/// loop only.
final class RequestPace {
  private static final double SECOND = TimeUnit.SECONDS.toNanos(1);

  private final RequestRate rate;
  private final Loop loop;
  private final ControlPlaneStats stats;
  private final Consumer<byte[]> send;
  private final Timer due;
  private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
  private double tokens;
  private long filledNanos;

  RequestPace(RequestRate rate, Loop loop, ControlPlaneStats stats, Consumer<byte[]> send) {
    this.rate = rate;
    this.loop = loop;
    this.stats = stats;
    this.send = send;
    this.due = loop.timers().newTimer(this::drain);
    this.tokens = rate.burst();
    this.filledNanos = loop.clock().nanoTime();
  }

  /// Takes the bytes.
  void offer(byte[] request) {
    waiting.add(request);
    drain();
    if (!waiting.isEmpty()) {
      stats.limited();
    }
  }

  /// What was to be said on a stream that is gone need not be said.
  void clear() {
    waiting.clear();
    due.cancel();
    stats.pending(0);
  }

  private void drain() {
    fill();
    while (!waiting.isEmpty() && tokens >= 1) {
      tokens--;
      send.accept(waiting.remove());
    }
    stats.pending(waiting.size());
    if (!waiting.isEmpty()) {
      due.arm((long) Math.ceil((1 - tokens) / rate.perSecond() * 1_000));
    }
  }

  private void fill() {
    var now = loop.clock().nanoTime();
    tokens = Math.min(rate.burst(), tokens + (now - filledNanos) / SECOND * rate.perSecond());
    filledNanos = now;
  }
}
