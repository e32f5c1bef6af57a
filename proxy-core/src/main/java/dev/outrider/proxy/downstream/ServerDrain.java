package dev.outrider.proxy.downstream;

import dev.outrider.proxy.config.DrainOptions;
import dev.outrider.proxy.config.DrainScope;
import dev.outrider.proxy.config.DrainType;
import dev.outrider.proxy.config.ListenerConfig;
import dev.outrider.proxy.loop.Loop;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// What the operator has asked of the whole process, as one worker knows it: that its health check
/// fail, that its listeners drain. Owned by the worker's loop.
public final class ServerDrain {
  private final Loop loop;
  private final RandomGenerator random;
  private final DrainOptions options;
  private boolean healthCheckFailed;
  private @Nullable DrainSequence begun;
  private DrainScope scope = DrainScope.INBOUND_ONLY;

  public ServerDrain(Loop loop, RandomGenerator random, DrainOptions options) {
    this.loop = loop;
    this.random = random;
    this.options = options;
  }

  /// Envoy `/healthcheck/fail` and `/healthcheck/ok`.
  public void healthCheckFailed(boolean failed) {
    loop.assertOnLoop();
    healthCheckFailed = failed;
  }

  public boolean healthCheckFailed() {
    return healthCheckFailed;
  }

  /// Envoy `/drain_listeners?graceful`. Never taken back.
  public void begin(DrainScope covered) {
    loop.assertOnLoop();
    begun = sequence();
    scope = covered;
  }

  DrainOptions options() {
    return options;
  }

  /// Of something of its own that drains from now on.
  DrainSequence sequence() {
    return new DrainSequence(options, loop.clock().nanoTime());
  }

  /// Whether the response that begins now should be the last of its connection.
  ///
  /// @param own what drains on this listener alone
  boolean endsNow(ListenerConfig listener, @Nullable DrainSequence own) {
    if (healthCheckFailed && listener.drainType() == DrainType.DEFAULT) {
      return true;
    }
    return endsNow(own) || (scope.covers(listener) && endsNow(begun));
  }

  private boolean endsNow(@Nullable DrainSequence sequence) {
    return sequence != null && sequence.endsNow(loop.clock().nanoTime(), random);
  }
}
