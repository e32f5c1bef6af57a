package dev.outrider.proxy.wasm;

import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.wasm.foreign.ForeignPlugin;
import dev.outrider.proxy.wasm.foreign.ForeignState;
import dev.outrider.proxywasm.HttpStreamContext;
import dev.outrider.proxywasm.PluginContext;
import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.HttpStreamHost;
import dev.outrider.proxywasm.host.PluginHost;
import dev.outrider.proxywasm.host.WasmResult;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/// One plugin in a VM: its root context with its timer, its calls and its streams, from the start
/// to `proxy_on_delete`.
///
/// Confined like its VM: first to the thread that prepares it, then to the worker. Until an [Owner]
/// has it, it is inert: what the guest asked for at its start is recorded and happens then.
final class GuestPlugin implements PluginHost, ForeignPlugin {
  /// Who uses the plugin on its worker. Called on the loop, with the guest off the stack.
  interface Owner {
    /// The guest failed, in whatever callback, of whatever plugin of the VM. At most once.
    void onPluginFailed();

    /// The plugin has said good-bye after [GuestPlugin#shutdown]. At most once.
    void onPluginEnded();
  }

  private final GuestVm vm;
  private final PluginKey key;
  private final StreamProperties properties;
  private final PluginStats stats;
  private final GuestEffects effects = new GuestEffects();
  private final GuestGrpc grpc = new GuestGrpc();
  private final Queue<Integer> queuesReadyEarly = new ConcurrentLinkedQueue<>();
  private final GuestStreams streams = new GuestStreams();
  private @Nullable PluginContext context;
  // Written once by the worker; any thread may report a queue.
  private volatile @Nullable WorkerContext worker;
  private @Nullable Owner owner;
  private @Nullable PluginUsage usage;

  GuestPlugin(GuestVm vm, PluginKey key, StreamProperties properties, PluginStats stats) {
    this.vm = vm;
    this.key = key;
    this.properties = properties;
    this.stats = stats;
  }

  /// The root context has been created, started and configured.
  void started(PluginContext root) {
    context = root;
  }

  private PluginContext context() {
    return Objects.requireNonNull(context, "not started");
  }

  /// Moves in with its user on a worker.
  void adopt(WorkerContext newWorker, Owner newOwner) {
    newWorker.loop().assertOnLoop();
    owner = newOwner;
    worker = newWorker;
    usage = PluginUsage.on(newWorker.loop().index(), stats.usage());
    usage.memory(vm.memoryBytes());
    effects.adopt(newWorker, context());
    grpc.adopt(newWorker, context());
    for (var token = queuesReadyEarly.poll(); token != null; token = queuesReadyEarly.poll()) {
      context().onQueueReady(token);
    }
  }

  PluginKey key() {
    return key;
  }

  /// Whether nobody has it yet.
  boolean inert() {
    return owner == null;
  }

  /// Whether the VM can still run guest code.
  boolean alive() {
    return vm.alive();
  }

  String failureMessage() {
    return vm.failureMessage();
  }

  StreamProperties properties() {
    return properties;
  }

  StreamViews views() {
    return vm.views();
  }

  GuestEffects effects() {
    return effects;
  }

  GuestGrpc grpc() {
    return grpc;
  }

  HttpStreamContext openStream(GuestStream stream, HttpStreamHost host) {
    streams.add(stream);
    return context().newHttpStream(host);
  }

  /// Runs the guest's last callbacks for that stream.
  void closeStream(GuestStream stream, HttpStreamContext guest) {
    streams.remove(stream);
    guest.close();
  }

  /// Lets the guest log a finished stream that it did not filter (`proxy_on_log` of the root).
  void log(HttpStreamHost finished) {
    context().onLog(finished);
  }

  int streams() {
    return streams.count();
  }

  /// Takes no new streams; the owner hears when the guest has said good-bye.
  void shutdown() {
    context().shutdown();
  }

  /// Ends every stream that is left, then the plugin, without waiting for the guest.
  ///
  /// @return how many streams there were
  int endNow() {
    int left = streams.count();
    streams.forEach(_ -> true, GuestStream::expired);
    shutdown();
    if (!context().ended()) {
      context().endNow();
    }
    return left;
  }

  @Override
  public WasmResult property(byte[] path, int offset, int length, ByteSink value) {
    return properties.read(path, offset, length, null, value);
  }

  @Override
  public ForeignState foreignState() {
    return properties.foreignState();
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
    adopted.loop().execute(() -> context().onQueueReady(token));
  }

  @Override
  public void calloutRefused() {
    stats.calloutsRefused().inc();
  }

  @Override
  public void ran(String callback, long hostCalls, long nanos) {
    if (usage != null) {
      usage.ran(hostCalls, nanos, vm.memoryBytes());
    }
  }

  /// The VM has given its memory back, or the plugin has left it.
  void memoryGone() {
    if (usage != null) {
      usage.memory(0);
    }
  }

  @Override
  public void failed() {
    vm.onFailure();
    streams.forEach(GuestStream::waits, GuestStream::failed);
    if (owner != null) {
      owner.onPluginFailed();
    }
  }

  @Override
  public void ended() {
    vm.onPluginEnded(this);
    if (owner != null) {
      owner.onPluginEnded();
    }
  }
}
