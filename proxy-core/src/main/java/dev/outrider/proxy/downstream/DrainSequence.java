package dev.outrider.proxy.downstream;

import dev.outrider.proxy.config.DrainOptions;
import java.util.random.RandomGenerator;

/// A drain that has begun: how likely it is that a response is the last of its connection (Envoy
/// `DrainManagerImpl::drainClose`). Immutable.
final class DrainSequence {
  private static final long SECOND_NANOS = 1_000_000_000L;

  private final DrainOptions options;
  private final long beginNanos;

  /// @param beginNanos when, by the loop's clock
  DrainSequence(DrainOptions options, long beginNanos) {
    this.options = options;
    this.beginNanos = beginNanos;
  }

  /// Whether the response that begins now should be the last. As in Envoy time goes by in whole
  /// seconds, rounded up.
  boolean endsNow(long nowNanos, RandomGenerator random) {
    return switch (options.strategy()) {
      case IMMEDIATE -> true;
      case GRADUAL -> {
        var left = (options.time().toNanos() - (nowNanos - beginNanos)) / SECOND_NANOS;
        var all = options.time().toSeconds();
        yield left <= 0 || all - left > random.nextLong(all);
      }
    };
  }
}
