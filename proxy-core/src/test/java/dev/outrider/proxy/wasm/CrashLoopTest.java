package dev.outrider.proxy.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.extensions.wasm.v3.FailurePolicy;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A plugin that fails again and again is left alone for a while.
class CrashLoopTest {
  private final TestPlugins plugins = new TestPlugins();

  @AfterEach
  void close() {
    plugins.close();
  }

  @Test
  void noReloadUntilThePauseHasPassed() {
    var filter =
        plugins.start(
            TestPlugins.config(
                TestGuests.fragile(),
                plugin -> plugin.setFailurePolicy(FailurePolicy.FAIL_RELOAD)));
    for (var crash = 0; crash < CrashLoop.MOST_FAILURES; crash++) {
      assertThat(plugins.status(filter, "x-trap", "1")).isEqualTo(503);
      plugins.advance(Duration.ofSeconds(2));
    }
    assertThat(plugins.vmsStarted()).isEqualTo(CrashLoop.MOST_FAILURES);
    assertThat(plugins.counter("wasm.p0.vm_crash_loops")).isOne();
    assertThat(plugins.log())
        .last()
        .isEqualTo("ERROR wasm plugin p0: failed 10 times within 60 s; no reload for 300 s");

    plugins.advance(CrashLoop.PAUSE.minusSeconds(5));
    assertThat(plugins.status(filter)).isEqualTo(503);
    plugins.advance(Duration.ofSeconds(10));

    assertThat(plugins.status(filter)).isEqualTo(200);
  }

  @Test
  void failuresThatAreFarApartAreNoLoop() {
    var crashes = new CrashLoop();
    for (var minute = 0; minute < 100; minute++) {
      assertThat(crashes.failed(Duration.ofSeconds(7L * minute).toNanos())).isFalse();
    }
  }
}
