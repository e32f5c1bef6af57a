package dev.outrider.proxy.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxy.metrics.StatValue;
import dev.outrider.proxywasm.testkit.Wat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PluginUsageTest {
  private static final long PAGE = 1 << 16;

  /// Two calls of the host for a request, and a page more.
  private static final byte[] GROWING =
      Wat.guest()
          .onRequestHeaders(
              "(call $report (i32.const 1)) (call $report (i32.const 2))"
                  + " (drop (memory.grow (i32.const 1)))")
          .wasm();

  private final TestPlugins plugins = new TestPlugins(2);

  @AfterEach
  void close() {
    plugins.close();
  }

  @Test
  void countsWhatAPluginCostsOverAllWorkers() {
    var workers = plugins.startEverywhere(TestPlugins.config(GROWING));

    workers.forEach(plugins::status);

    // context_create is not exported: one callback a request, itself a call
    assertThat(stat("wasm.p0.callbacks")).isEqualTo(2);
    assertThat(stat("wasm.p0.host_calls")).isEqualTo(2 * 3);
    assertThat(stat("wasm.p0.memory_bytes")).isEqualTo(2 * 3 * PAGE);
  }

  @Test
  void givesTheMemoryBackWithThePlugin() {
    var workers = plugins.startEverywhere(TestPlugins.config(GROWING));
    workers.forEach(plugins::status);

    workers.forEach(WorkerFilterFactory::close);
    plugins.settle();

    assertThat(stat("wasm.p0.memory_bytes")).isZero();
    assertThat(stat("wasm.p0.callbacks")).isEqualTo(2);
  }

  private long stat(String name) {
    return plugins.metrics.snapshot().stream()
        .filter(stat -> stat.name().equals(name))
        .mapToLong(stat -> ((StatValue.Scalar) stat).value())
        .sum();
  }
}
