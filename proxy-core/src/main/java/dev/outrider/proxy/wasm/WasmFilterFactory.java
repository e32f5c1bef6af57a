package dev.outrider.proxy.wasm;

import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxywasm.FilterModule;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/// One configured plugin, shared by all workers: its module, its settings, and a started VM for
/// each worker to take.
final class WasmFilterFactory implements HttpFilterFactory {
  /// Who made it. Called on workers.
  interface Home {
    /// A worker has taken it: it is in use.
    void adopted(WasmFilterFactory factory);

    /// The last worker has let go of it.
    void unused(WasmFilterFactory factory);

    Executor background();
  }

  private final Queue<GuestVm> prepared = new ConcurrentLinkedQueue<>();
  private final AtomicInteger users = new AtomicInteger();
  private final PluginSettings settings;
  private final FilterModule module;
  private final GuestServices services;
  private final PluginStats stats;
  private final Home home;

  WasmFilterFactory(
      PluginSettings settings,
      FilterModule module,
      GuestServices services,
      PluginStats stats,
      Home home) {
    this.settings = settings;
    this.module = module;
    this.services = services;
    this.stats = stats;
    this.home = home;
  }

  PluginSettings settings() {
    return settings;
  }

  PluginStats stats() {
    return stats;
  }

  Executor background() {
    return home.background();
  }

  /// Starts one more VM to be taken; background executor only. Throws `GuestFailureException`.
  void prepare() {
    prepared.add(startVm());
  }

  /// How many more VMs are to be prepared so that each of `workers` can take one or has one.
  int missing(int workers) {
    return workers - users.get() - prepared.size();
  }

  /// Starts a VM; background executor only. Throws `GuestFailureException`.
  GuestVm startVm() {
    var vm = GuestVm.start(module, settings, services);
    stats.vmCreated();
    return vm;
  }

  /// One worker does without it. With the last one, VMs that nobody took are closed too.
  void released() {
    if (users.decrementAndGet() == 0) {
      home.unused(this);
      discardPrepared();
    }
  }

  /// Closes the VMs that nobody has taken; a worker that comes later starts one of its own. Any
  /// thread.
  void discardPrepared() {
    for (var vm = prepared.poll(); vm != null; vm = prepared.poll()) {
      vm.close();
      stats.vmClosed();
    }
  }

  @Override
  public WorkerFilterFactory forWorker(WorkerContext worker) {
    worker.loop().assertOnLoop();
    if (users.getAndIncrement() == 0) {
      home.adopted(this);
    }
    var plugin = new WorkerPlugin(this, worker);
    var vm = prepared.poll();
    if (vm == null) {
      plugin.loadVm();
    } else {
      plugin.take(vm);
    }
    return plugin;
  }
}
