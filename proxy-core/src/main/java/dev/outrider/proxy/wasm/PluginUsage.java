package dev.outrider.proxy.wasm;

import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxy.metrics.StatTemplate;
import dev.outrider.proxywasm.host.PluginHost;

/// What one root context costs its worker, counted under `wasm.<plugin>`; not in Envoy. Confined to
/// the loop.
final class PluginUsage {
  private static final StatTemplate.Definition DEFINITION = StatTemplate.define();

  private static final int CALLBACKS = DEFINITION.hotCounter("callbacks");

  /// Calls between guest and host, callbacks and the guest's allocator included.
  private static final int HOST_CALLS = DEFINITION.hotCounter("host_calls");

  /// Of the VM that the plugin runs in, whoever else does.
  private static final int MEMORY_BYTES = DEFINITION.hotGauge("memory_bytes");

  /// Microseconds; one callback in sixteen.
  private static final int CALLBACK_US = DEFINITION.timing("callback_us");

  private static final StatTemplate TEMPLATE = DEFINITION.template();

  private final StatCells cells;
  private long memoryBytes;

  private PluginUsage(StatCells cells) {
    this.cells = cells;
  }

  /// Kept as long as the process, like the other numbers of a plugin.
  static StatOwner owner(MetricRegistry registry, String plugin) {
    return registry.owner(TEMPLATE, "wasm." + plugin);
  }

  static long memoryBytes(StatOwner owner) {
    return owner.value(MEMORY_BYTES);
  }

  static PluginReport.Calls calls(StatOwner owner) {
    var micros = owner.histogram(CALLBACK_US);
    return new PluginReport.Calls(
        owner.value(CALLBACKS),
        owner.value(HOST_CALLS),
        micros.quantile(50),
        micros.quantile(99),
        micros.quantile(100));
  }

  static PluginUsage on(int loopIndex, StatOwner owner) {
    return new PluginUsage(owner.cells(loopIndex));
  }

  /// @param nanos as in [PluginHost#ran]
  void ran(long hostCalls, long nanos, long memoryNow) {
    cells.inc(CALLBACKS);
    cells.add(HOST_CALLS, hostCalls);
    if (nanos != PluginHost.NOT_TIMED) {
      cells.record(CALLBACK_US, nanos / 1_000);
    }
    memory(memoryNow);
  }

  /// 0 when the memory is given back.
  void memory(long now) {
    if (now > memoryBytes) {
      cells.add(MEMORY_BYTES, now - memoryBytes);
    } else if (now < memoryBytes) {
      cells.sub(MEMORY_BYTES, memoryBytes - now);
    }
    memoryBytes = now;
  }
}
