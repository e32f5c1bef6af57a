package dev.outrider.proxy.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.testkit.Wat;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a guest does while its configuration is only tried is seen by nobody.
class CanaryTest {
  private final TestPlugins plugins = new TestPlugins();

  @AfterEach
  void close() {
    plugins.close();
  }

  /// Counts in shared data, in a metric and in a queue how often it was configured; then refuses.
  private static Wat leavingTraces() {
    return Wat.guest()
        .data(1000, "key")
        .onConfigure(
            Wat.report("proxy_get_shared_data", 1000, 3, 100, 104, 108)
                + Wat.report("proxy_set_shared_data", 1000, 3, 1000, 3, 0)
                + Wat.report("proxy_register_shared_queue", 1000, 3, 200)
                + "(call $report (call $proxy_enqueue_shared_queue (i32.load (i32.const 200))"
                + " (i32.const 1000) (i32.const 3)))"
                + Wat.report("proxy_define_metric", 0, 1000, 3, 300)
                + "(call $report (call $proxy_increment_metric (i32.load (i32.const 300))"
                + " (i64.const 1)))"
                + "(drop "
                + Wat.call("proxy_set_tick_period_milliseconds", 100)
                + ")")
        .on("proxy_on_queue_ready", "ii:", "(call $report (i32.const 77))")
        .on("proxy_on_tick", "i:", "(call $report (i32.const 88))");
  }

  @Test
  void theWorkersVmIsTheFirstToWriteWhatIsShared() {
    plugins.start(TestPlugins.config(leavingTraces().wasm()));

    assertThat(plugins.log())
        .containsExactly(
            "INFO wasm log p0 r0 vm: 1", // not found
            "INFO wasm log p0 r0 vm: 0",
            "INFO wasm log p0 r0 vm: 0",
            "INFO wasm log p0 r0 vm: 0",
            "INFO wasm log p0 r0 vm: 0",
            "INFO wasm log p0 r0 vm: 0",
            "INFO wasm log p0 r0 vm: 77"); // its own item
    assertThat(plugins.counter("wasmcustom.key")).isOne();
  }

  @Test
  void aRefusedGuestLeavesNothing() {
    var guest = leavingTraces().on("proxy_on_vm_start", "ii:i", "(i32.const 0)").wasm();

    assertThat(plugins.refusals(TestPlugins.config(guest))).hasSize(1);
    plugins.advance(Duration.ofSeconds(1));

    assertThat(plugins.log()).isEmpty();
    assertThat(plugins.metrics.snapshot())
        .noneMatch(value -> value.name().startsWith("wasmcustom."));
    assertThat(plugins.vmsStarted()).isZero();
    assertThat(plugins.plugins.services().memory().heldBytes()).isZero();
    assertThat(plugins.plugins.isEmpty()).isTrue();
  }
}
