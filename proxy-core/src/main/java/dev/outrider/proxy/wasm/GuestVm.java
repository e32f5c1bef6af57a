package dev.outrider.proxy.wasm;

import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxywasm.FilterModule;
import dev.outrider.proxywasm.HttpStreamContext;
import dev.outrider.proxywasm.PluginContext;
import dev.outrider.proxywasm.WasmVm;
import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.HttpStreamHost;
import dev.outrider.proxywasm.host.PluginHost;
import dev.outrider.proxywasm.host.WasmResult;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/// One VM with its plugin, from its start in the background to its end on a worker.
final class GuestVm implements PluginHost {
  /// Who adopted the VM. Called on its loop, with the guest off the stack.
  interface Owner {
    /// The guest failed, in whatever callback. At most once.
    void onPluginFailed(GuestVm vm);

    /// The plugin has said good-bye after [#shutdown]. At most once.
    void onPluginEnded(GuestVm vm);
  }

  private final GuestEffects effects = new GuestEffects();
  private final Queue<Integer> queuesReadyEarly = new ConcurrentLinkedQueue<>();
  private final Set<WasmFilter> waiting = new HashSet<>();
  private final StreamViews views = new StreamViews();
  private final StreamProperties properties;
  private final WasmVm vm;
  private final PluginContext plugin;
  // Written once by the worker; any thread may report a queue.
  private volatile @Nullable WorkerContext worker;
  private @Nullable Owner owner;
  private int streams;

  private GuestVm(FilterModule module, PluginSettings settings, GuestServices services) {
    properties = new StreamProperties(services.attributes(settings));
    vm = WasmVm.start(module, settings.vm(), services.with(effects, effects));
    try {
      plugin = vm.newPlugin(settings.plugin(), this);
    } catch (RuntimeException refused) {
      vm.close();
      throw refused;
    }
  }

  /// Starts VM and plugin; slow, for the background executor. Throws `GuestFailureException`.
  static GuestVm start(FilterModule module, PluginSettings settings, GuestServices services) {
    return new GuestVm(module, settings, services);
  }

  /// Moves in with a worker: the handing over is the caller's task on its loop.
  void adopt(WorkerContext newWorker, Owner newOwner) {
    newWorker.loop().assertOnLoop();
    owner = newOwner;
    worker = newWorker;
    effects.adopt(newWorker, plugin);
    for (var token = queuesReadyEarly.poll(); token != null; token = queuesReadyEarly.poll()) {
      plugin.onQueueReady(token);
    }
  }

  /// Whether the VM can still run guest code.
  boolean alive() {
    return vm.failure() == null;
  }

  String failureMessage() {
    var failure = vm.failure();
    return failure == null ? "" : failure.message();
  }

  StreamProperties properties() {
    return properties;
  }

  StreamViews views() {
    return views;
  }

  HttpStreamContext openStream(HttpStreamHost host) {
    streams++;
    return plugin.newHttpStream(host);
  }

  /// A stream holds something and waits for the guest to let it go.
  void waits(WasmFilter stream) {
    waiting.add(stream);
  }

  void closeStream(WasmFilter stream, HttpStreamContext guest) {
    streams--;
    if (!waiting.isEmpty()) {
      waiting.remove(stream);
    }
    guest.close();
  }

  /// Takes no new streams; the owner hears when the guest has said good-bye.
  void shutdown() {
    plugin.shutdown();
  }

  /// Ends a plugin that still has not said good-bye. False while it has streams.
  boolean endNow() {
    if (streams == 0 && !plugin.ended()) {
      plugin.endNow();
    }
    return streams == 0;
  }

  /// Runs no guest code.
  void close() {
    vm.close();
  }

  @Override
  public WasmResult property(byte[] path, int offset, int length, ByteSink value) {
    return properties.read(path, offset, length, null, value);
  }

  @Override
  public void queueReady(int token) {
    var adopted = worker;
    if (adopted == null) {
      queuesReadyEarly.add(token);
      adopted = worker;
      if (adopted == null || !queuesReadyEarly.remove(token)) {
        return; // adopt() will find it, or has
      }
    }
    adopted.loop().execute(() -> plugin.onQueueReady(token));
  }

  @Override
  public void failed() {
    for (var stream : List.copyOf(waiting)) {
      stream.failed();
    }
    waiting.clear();
    if (owner != null) {
      owner.onPluginFailed(this);
    }
  }

  @Override
  public void ended() {
    if (owner != null) {
      owner.onPluginEnded(this);
    }
  }
}
