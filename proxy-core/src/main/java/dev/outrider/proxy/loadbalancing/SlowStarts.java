package dev.outrider.proxy.loadbalancing;

import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.LbPolicy.SlowStart;
import dev.outrider.proxy.loop.Clock;
import java.util.List;

/// How much of its weight an endpoint has that began to serve a short time ago.
record SlowStarts(SlowStart rule, Clock clock) {
  private static final long MILLI = 1_000_000;

  /// Of those that serve and were never checked, the time begins now. Returns whether any is in its
  /// window.
  boolean begin(List<Endpoint> endpoints) {
    var now = clock.nanoTime();
    var any = false;
    for (var endpoint : endpoints) {
      if (endpoint.healthy()) {
        endpoint.shared().servesSince(now);
        any |= elapsedMillis(endpoint, now) <= rule.windowMillis();
      }
    }
    return any;
  }

  /// Between `minWeight` and 1.
  double factor(Endpoint endpoint) {
    if (!endpoint.healthy() || !endpoint.shared().serves()) {
      return 1;
    }
    var elapsed = elapsedMillis(endpoint, clock.nanoTime());
    if (elapsed >= rule.windowMillis()) {
      return 1;
    }
    var part = (double) Math.max(1, elapsed) / rule.windowMillis();
    var grown = rule.aggression() == 1.0 ? part : Math.pow(part, 1.0 / rule.aggression());
    return Math.max(grown, rule.minWeight());
  }

  private static long elapsedMillis(Endpoint endpoint, long now) {
    return (now - endpoint.shared().servesSinceNanos()) / MILLI;
  }
}
