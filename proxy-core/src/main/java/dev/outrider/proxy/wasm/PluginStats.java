package dev.outrider.proxy.wasm;

import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.metrics.Gauge;
import dev.outrider.proxy.metrics.MetricRegistry;

/// Envoy's numbers about VMs. Any thread.
///
/// @param created VMs started, ever
/// @param active VMs there now
/// @param failures guests stopped by a trap, a deadline or a limit (not in Envoy)
record PluginStats(
    Counter created,
    Gauge active,
    Gauge vmCount,
    Counter reloadSuccess,
    Counter reloadFailure,
    Counter reloadBackoff,
    Counter failures,
    Counter interpretedFunctions) {

  /// Dashboards know this name; there is one runtime here whatever the configuration calls it.
  private static final String RUNTIME = "wasm.envoy.wasm.runtime.v8.";

  static PluginStats of(MetricRegistry registry, String plugin) {
    var own = "wasm." + plugin + ".";
    return new PluginStats(
        registry.counter(RUNTIME + "created"),
        registry.gauge(RUNTIME + "active"),
        registry.gauge("wasm.wasm_vm_count"),
        registry.counter(own + "vm_reload_success"),
        registry.counter(own + "vm_reload_failure"),
        registry.counter(own + "vm_reload_backoff"),
        registry.counter(own + "guest_failures"),
        registry.counter(own + "interpreted_functions"));
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
