package dev.outrider.proxy.wasm;

import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatOwner;

/// The numbers of one plugin; the reloads are Envoy's, the others are not in Envoy. Any thread.
///
/// @param failures how often its guest was stopped by a trap, a deadline or a limit
/// @param calloutsRefused calls to other services that were over its limits
/// @param crashLoops how often it failed so often that it was left alone for a while
/// @param drainTimeouts streams that outlived their configuration by more than the drain time, or
///   by more than two newer ones
/// @param usage see [PluginUsage]
record PluginStats(
    Counter reloadSuccess,
    Counter reloadFailure,
    Counter reloadBackoff,
    Counter failures,
    Counter calloutsRefused,
    Counter crashLoops,
    Counter drainTimeouts,
    Counter interpretedFunctions,
    StatOwner usage) {

  static PluginStats of(MetricRegistry registry, String plugin) {
    var own = "wasm." + plugin + ".";
    return new PluginStats(
        registry.counter(own + "vm_reload_success"),
        registry.counter(own + "vm_reload_failure"),
        registry.counter(own + "vm_reload_backoff"),
        registry.counter(own + "guest_failures"),
        registry.counter(own + "callouts_refused"),
        registry.counter(own + "vm_crash_loops"),
        registry.counter(own + "drain_timeouts"),
        registry.counter(own + "interpreted_functions"),
        PluginUsage.owner(registry, plugin));
  }
}
