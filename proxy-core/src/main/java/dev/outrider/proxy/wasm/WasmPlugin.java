package dev.outrider.proxy.wasm;

import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxywasm.FilterModule;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/// One accepted plugin, shared by all loops and by everything that is configured with it: filters,
/// access loggers, services. They lease it on their loop and know nothing of VMs.
final class WasmPlugin {
  private final AtomicInteger loops = new AtomicInteger();
  private final HttpFilterFactory httpFilters = new WasmFilterFactory(this);
  private final AccessLogger accessLogger = new WasmAccessLogger(this);
  private final NetworkFilterFactory networkFilters = new WasmNetworkFilterFactory(this);
  private final PluginKey key;
  private final PluginSettings settings;
  private final FilterModule module;
  private final PluginStats stats;
  private final VmSupply supply;
  private final WasmPlugins home;

  WasmPlugin(
      PluginKey key,
      PluginSettings settings,
      FilterModule module,
      PluginStats stats,
      VmSupply supply,
      WasmPlugins home) {
    this.key = key;
    this.settings = settings;
    this.module = module;
    this.stats = stats;
    this.supply = supply;
    this.home = home;
  }

  /// Uses the plugin on that worker until the lease is closed. On its loop.
  PluginLease lease(WorkerContext worker) {
    return home.on(worker).lease(this);
  }

  /// As [#lease(WorkerContext)], on a loop that was named to `WasmPlugins.serve`.
  PluginLease lease(Loop loop) {
    return home.on(loop).lease(this);
  }

  /// The same object each time.
  HttpFilterFactory httpFilters() {
    return httpFilters;
  }

  /// The same object each time.
  AccessLogger accessLogger() {
    return accessLogger;
  }

  /// The same object each time.
  NetworkFilterFactory networkFilters() {
    return networkFilters;
  }

  PluginKey key() {
    return key;
  }

  PluginSettings settings() {
    return settings;
  }

  FilterModule module() {
    return module;
  }

  PluginStats stats() {
    return stats;
  }

  VmSupply supply() {
    return supply;
  }

  Executor background() {
    return home.background();
  }

  /// Starts a VM with this plugin; background executor only. Throws `GuestFailureException`.
  GuestVm startVm() {
    return GuestVm.start(this, home.services());
  }

  /// Any thread.
  PluginReport report() {
    return new PluginReport(
        key.name(),
        key.rootId(),
        key.vm().vmId(),
        new PluginReport.Module(
            module.name(),
            module.sha256(),
            module.abiVersion(),
            module.interpretedFunctions().size()),
        supply.vms(),
        PluginUsage.memoryBytes(stats.usage()),
        PluginUsage.calls(stats.usage()),
        stats.report());
  }

  /// A loop begins to use it.
  void taken() {
    if (loops.getAndIncrement() == 0) {
      home.taken(this);
    }
  }

  /// A loop does without it.
  void released() {
    if (loops.decrementAndGet() == 0) {
      home.unused(this);
    }
  }
}
