package dev.outrider.proxy.wasm;

import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxywasm.FilterModule;
import dev.outrider.proxywasm.GuestFailure;
import dev.outrider.proxywasm.VmSpec;
import dev.outrider.proxywasm.WasmVm;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One VM with its plugins, from its start in the background to its end on a worker. Confined to
/// the thread that starts it, then, once, to its worker.
final class GuestVm {
  /// Who has the VM on its worker. Called on the loop, with the guest off the stack.
  interface Home {
    /// The VM runs nothing any more. Once, before its plugins' owners hear of it.
    void onVmFailed(GuestVm vm);

    /// One plugin has ended.
    void onPluginEnded(GuestVm vm);
  }

  private final VmKey key;
  private final GuestServices services;
  private final StreamViews views = new StreamViews();
  private final List<GuestPlugin> plugins = new ArrayList<>();
  private final WasmVm vm;
  private @Nullable Home home;
  private @Nullable VmSupply supply;
  private boolean toldFailure;
  private boolean closed;

  private GuestVm(FilterModule module, VmKey key, VmSpec spec, GuestServices services) {
    this.key = key;
    this.services = services;
    vm = WasmVm.start(module, spec, services.with(new PluginEffects(), new PluginGrpc()));
    services.vmStats().vmCreated();
  }

  /// Starts a VM with one plugin; slow, for the background executor. Throws
  /// `GuestFailureException`.
  static GuestVm start(WasmPlugin plugin, GuestServices services) {
    var vm = new GuestVm(plugin.module(), plugin.key().vm(), plugin.settings().vm(), services);
    try {
      var _ = vm.newPlugin(plugin);
    } catch (RuntimeException refused) {
      vm.close();
      throw refused;
    }
    return vm;
  }

  /// Moves in with a worker: the handing over is the caller's task on its loop.
  ///
  /// @param cameFrom where it is known whether the loop has a VM
  void adopt(WorkerContext worker, Home newHome, VmSupply cameFrom) {
    worker.loop().assertOnLoop();
    home = newHome;
    supply = cameFrom;
  }

  VmSupply supply() {
    return Objects.requireNonNull(supply, "not adopted");
  }

  VmKey key() {
    return key;
  }

  /// The plugin that the VM was started with, if that is the one and nobody has it yet; else a new
  /// root context, started and configured now. Throws `GuestFailureException`; then either the VM
  /// has failed or only this plugin declined.
  GuestPlugin plugin(WasmPlugin wanted) {
    for (var known : plugins) {
      if (known.inert() && known.key().equals(wanted.key())) {
        return known;
      }
    }
    return newPlugin(wanted);
  }

  private GuestPlugin newPlugin(WasmPlugin wanted) {
    var settings = wanted.settings();
    var properties = new StreamProperties(services.attributes(settings));
    var plugin = new GuestPlugin(this, wanted, properties);
    plugin.started(vm.newPlugin(settings.plugin(), plugin));
    plugins.add(plugin);
    return plugin;
  }

  /// Whether the VM can still run guest code.
  boolean alive() {
    return vm.failure() == null;
  }

  long memoryBytes() {
    return vm.memoryBytes();
  }

  /// Why it cannot; null while it can.
  @Nullable GuestFailure failure() {
    return vm.failure();
  }

  StreamViews views() {
    return views;
  }

  /// Whether no plugin is left that anybody has.
  boolean unused() {
    return plugins.stream().allMatch(GuestPlugin::inert);
  }

  void onFailure() {
    if (!toldFailure && home != null) {
      toldFailure = true;
      home.onVmFailed(this);
    }
  }

  void onPluginEnded(GuestPlugin plugin) {
    plugin.memoryGone();
    plugins.remove(plugin);
    if (home != null) {
      home.onPluginEnded(this);
    }
  }

  /// Runs no guest code; idempotent.
  void close() {
    if (!closed) {
      closed = true;
      vm.close();
      plugins.forEach(GuestPlugin::memoryGone);
      services.vmStats().vmClosed();
    }
  }
}
