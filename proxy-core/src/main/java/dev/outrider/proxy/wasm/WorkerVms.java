package dev.outrider.proxy.wasm;

import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxywasm.GuestFailureException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The VMs of one loop and the plugins in use on it: one VM per [VmKey], one root context per
/// [PluginKey], each from its first user to its last. Confined to the loop.
final class WorkerVms implements GuestVm.Home {
  private final Map<VmKey, GuestVm> live = new HashMap<>();
  private final Map<VmKey, List<WorkerPlugin>> loading = new HashMap<>();
  private final IdentityHashMap<WasmPlugin, WorkerPlugin> plugins = new IdentityHashMap<>();
  private final Generations generations = new Generations();
  private final WorkerContext worker;
  private final RandomGenerator random;
  private final long drainMillis;
  private final Runnable onEmpty;

  /// @param drainMillis how long a plugin whose configuration is gone may take to end
  /// @param onEmpty told when nothing is left
  WorkerVms(WorkerContext worker, RandomGenerator random, long drainMillis, Runnable onEmpty) {
    this.worker = worker;
    this.random = random;
    this.drainMillis = drainMillis;
    this.onEmpty = onEmpty;
  }

  PluginLease lease(WasmPlugin plugin) {
    worker.loop().assertOnLoop();
    var used = plugins.get(plugin);
    if (used == null) {
      used = new WorkerPlugin(plugin, this);
      plugins.put(plugin, used);
      plugin.taken();
    }
    return used.lease();
  }

  /// Nobody on this loop uses it any more; its root may still be saying good-bye.
  void released(WorkerPlugin plugin) {
    plugins.remove(plugin.plugin());
    plugin.plugin().released();
    worker.loop().execute(this::tellIfEmpty);
  }

  WorkerContext worker() {
    return worker;
  }

  RandomGenerator random() {
    return random;
  }

  long drainMillis() {
    return drainMillis;
  }

  Generations generations() {
    return generations;
  }

  /// The plugin's root context in the VM that is here, or in one that is prepared; null if neither
  /// is. Throws `GuestFailureException` if the guest fails or declines.
  @Nullable GuestPlugin open(WasmPlugin plugin) {
    var vm = live.get(plugin.key().vm());
    if (vm == null) {
      vm = plugin.supply().take(worker.loop().index());
      if (vm == null) {
        return null;
      }
      adopt(vm, plugin.supply());
    }
    try {
      return vm.plugin(plugin);
    } catch (GuestFailureException failed) {
      if (!vm.alive()) {
        vm.onFailure();
      }
      later(vm);
      throw failed;
    }
  }

  private void adopt(GuestVm vm, VmSupply supply) {
    live.put(vm.key(), vm);
    supply.has(worker.loop().index(), true);
    vm.adopt(worker, this, supply);
  }

  /// Starts a VM in the background; then each plugin that waits for its key opens its root in it.
  void load(WorkerPlugin plugin) {
    var key = plugin.plugin().key().vm();
    var waiting = loading.get(key);
    if (waiting != null) {
      waiting.add(plugin);
      return;
    }
    loading.put(key, new ArrayList<>(List.of(plugin)));
    plugin.plugin().background().execute(() -> startInBackground(plugin.plugin()));
  }

  private void startInBackground(WasmPlugin plugin) {
    try {
      var started = plugin.startVm();
      worker.loop().execute(() -> loaded(plugin, started));
    } catch (RuntimeException | Error failed) { // a refusal or a bug: the loop must hear of it
      worker.loop().execute(() -> loadFailed(plugin, failed));
    }
  }

  private void loaded(WasmPlugin plugin, GuestVm started) {
    if (live.containsKey(started.key())) {
      started.close(); // another one was prepared meanwhile
    } else {
      adopt(started, plugin.supply());
    }
    waiting(plugin).forEach(WorkerPlugin::onLoaded);
    closeIfUnused(started);
  }

  private void loadFailed(WasmPlugin plugin, Throwable why) {
    waiting(plugin).forEach(each -> each.onLoadFailed(why));
    tellIfEmpty();
  }

  private List<WorkerPlugin> waiting(WasmPlugin plugin) {
    var waiting = loading.remove(plugin.key().vm());
    return waiting == null ? List.of() : waiting;
  }

  @Override
  public void onVmFailed(GuestVm vm) {
    forget(vm);
    worker
        .loop()
        .execute(
            () -> {
              vm.close();
              tellIfEmpty();
            });
  }

  @Override
  public void onPluginEnded(GuestVm vm) {
    later(vm);
  }

  private void later(GuestVm vm) {
    worker.loop().execute(() -> closeIfUnused(vm));
  }

  private void closeIfUnused(GuestVm vm) {
    if (vm.unused()) {
      forget(vm);
      vm.close();
    }
    tellIfEmpty();
  }

  private void forget(GuestVm vm) {
    if (live.remove(vm.key(), vm)) {
      vm.supply().has(worker.loop().index(), false);
    }
  }

  private void tellIfEmpty() {
    if (live.isEmpty() && loading.isEmpty() && plugins.isEmpty()) {
      onEmpty.run();
    }
  }

  /// VMs here, those of the drain included.
  int vms() {
    return live.size();
  }
}
