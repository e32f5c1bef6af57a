package dev.outrider.proxy.wasm;

import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.metrics.StatOwner;
import dev.outrider.proxywasm.GuestFailure;
import dev.outrider.proxywasm.host.GuestLimit;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// The numbers of one plugin; the reloads are Envoy's, the others are not in Envoy. Any thread.
///
/// @param failures how often its guest was stopped by a trap, a deadline or a limit
/// @param timeouts of those: a deadline
/// @param outOfMemory of those: no memory, or no stack
/// @param crashLoops how often it failed so often that it was left alone for a while
/// @param drainTimeouts streams that outlived their configuration by more than the drain time, or
///   by more than two newer ones
/// @param pauseTimeouts streams that it held for too long
/// @param refusals what it asked for beyond a limit
/// @param usage see [PluginUsage]
record PluginStats(
    Counter reloadSuccess,
    Counter reloadFailure,
    Counter reloadBackoff,
    Counter failures,
    Counter timeouts,
    Counter outOfMemory,
    Counter crashLoops,
    Counter drainTimeouts,
    Counter pauseTimeouts,
    Counter interpretedFunctions,
    Map<GuestLimit, Counter> refusals,
    StatOwner usage) {

  static PluginStats of(MetricRegistry registry, String plugin) {
    var own = "wasm." + plugin + ".";
    var refusals = new EnumMap<GuestLimit, Counter>(GuestLimit.class);
    for (var limit : GuestLimit.values()) {
      var name = limit.name().toLowerCase(Locale.ROOT) + "_refused";
      refusals.put(limit, registry.counter(own + name));
    }
    return new PluginStats(
        registry.counter(own + "vm_reload_success"),
        registry.counter(own + "vm_reload_failure"),
        registry.counter(own + "vm_reload_backoff"),
        registry.counter(own + "guest_failures"),
        registry.counter(own + "guest_timeouts"),
        registry.counter(own + "guest_out_of_memory"),
        registry.counter(own + "vm_crash_loops"),
        registry.counter(own + "drain_timeouts"),
        registry.counter(own + "pause_timeouts"),
        registry.counter(own + "interpreted_functions"),
        refusals,
        PluginUsage.owner(registry, plugin));
  }

  void failed(GuestFailure failure) {
    failures.inc();
    switch (failure) {
      case GuestFailure.Timeout _ -> timeouts.inc();
      case GuestFailure.OutOfMemory _ -> outOfMemory.inc();
      case GuestFailure.Trap _, GuestFailure.StartRefused _, GuestFailure.MissingExport _ -> {}
    }
  }

  PluginReport.Failures report() {
    return new PluginReport.Failures(
        failures.value(),
        timeouts.value(),
        outOfMemory.value(),
        reloadSuccess.value(),
        crashLoops.value());
  }

  Counter refused(GuestLimit limit) {
    return Objects.requireNonNull(refusals.get(limit), "one for each constant");
  }
}
