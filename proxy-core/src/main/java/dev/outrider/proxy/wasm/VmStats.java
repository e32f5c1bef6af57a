package dev.outrider.proxy.wasm;

import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.metrics.Gauge;
import dev.outrider.proxy.metrics.MetricRegistry;

/// Envoy's numbers about VMs. Any thread.
///
/// @param created VMs started, ever
/// @param active VMs there now
record VmStats(Counter created, Gauge active, Gauge vmCount) {
  /// Dashboards know this name; there is one runtime here whatever the configuration calls it.
  private static final String RUNTIME = "wasm.envoy.wasm.runtime.v8.";

  static VmStats of(MetricRegistry registry) {
    return new VmStats(
        registry.counter(RUNTIME + "created"),
        registry.gauge(RUNTIME + "active"),
        registry.gauge("wasm.wasm_vm_count"));
  }

  void vmCreated() {
    created.inc();
    active.inc();
    vmCount.inc();
  }

  void vmClosed() {
    active.dec();
    vmCount.dec();
  }
}
