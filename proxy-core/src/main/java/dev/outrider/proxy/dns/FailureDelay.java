package dev.outrider.proxy.dns;

import dev.outrider.proxy.cluster.DnsOptions.FailureRefresh;
import java.util.random.RandomGenerator;

/// How long to wait behind one failure more. One loop.
final class FailureDelay {
  private final FailureRefresh refresh;
  private final RandomGenerator random;
  private long bound;

  FailureDelay(FailureRefresh refresh, RandomGenerator random) {
    this.refresh = refresh;
    this.random = random;
    this.bound = refresh.baseMillis();
  }

  /// Milliseconds.
  long next() {
    if (refresh.maxMillis() == 0) {
      return refresh.baseMillis();
    }
    var now = bound;
    bound = Math.min(now * 2, refresh.maxMillis());
    return random.nextLong(now);
  }

  /// It did not fail.
  void reset() {
    bound = refresh.baseMillis();
  }
}
