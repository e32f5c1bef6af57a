package dev.outrider.proxy.wasm;

import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.wasm.foreign.ForeignPlugin;
import dev.outrider.proxy.wasm.foreign.ForeignState;
import dev.outrider.proxywasm.GuestFailure;
import dev.outrider.proxywasm.HttpStreamContext;
import dev.outrider.proxywasm.NetworkStreamContext;
import dev.outrider.proxywasm.PluginContext;
import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.GuestLimit;
import dev.outrider.proxywasm.host.HttpStreamHost;
import dev.outrider.proxywasm.host.NetworkStreamHost;
import dev.outrider.proxywasm.host.PluginHost;
import dev.outrider.proxywasm.host.PluginLimits;
import dev.outrider.proxywasm.host.StreamKind;
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
  private final StreamProperties properties;
  private final WasmPlugin plugin;
  private final GuestEffects effects = new GuestEffects();
  private final GuestGrpc grpc = new GuestGrpc();
  private final Queue<Integer> queuesReadyEarly = new ConcurrentLinkedQueue<>();
  private final GuestStreams streams = new GuestStreams();
  private @Nullable PluginContext context;
  // Written once by the worker; any thread may report a queue.
  private volatile @Nullable WorkerContext worker;
  private @Nullable Owner owner;
  private @Nullable PluginUsage usage;
  private @Nullable Timer pause;

  GuestPlugin(GuestVm vm, WasmPlugin plugin, StreamProperties properties) {
    this.vm = vm;
    this.plugin = plugin;
    this.properties = properties;
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
    usage = PluginUsage.on(newWorker.loop().index(), plugin.stats().usage());
    usage.memory(vm.memoryBytes());
    pause = newWorker.loop().timers().newTimer(this::endHeldStreams);
    effects.adopt(newWorker, context());
    grpc.adopt(newWorker, context());
    for (var token = queuesReadyEarly.poll(); token != null; token = queuesReadyEarly.poll()) {
      context().onQueueReady(token);
    }
  }

  PluginKey key() {
    return plugin.key();
  }

  /// Whether nobody has it yet.
  boolean inert() {
    return owner == null;
  }

  /// Whether the VM can still run guest code.
  boolean alive() {
    return vm.alive();
  }

  @Nullable GuestFailure failure() {
    return vm.failure();
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

  /// The guest holds that direction of a stream of its own; it has so long until it must let go.
  void held(GuestStream stream, StreamKind direction) {
    var adopted = worker;
    var timer = pause;
    if (adopted != null && timer != null) {
      stream.held(direction, millis(adopted));
      if (!timer.armed()) {
        timer.arm(limits().pause().toMillis());
      }
    }
  }

  private static int millis(WorkerContext on) {
    return (int) (on.loop().clock().nanoTime() / 1_000_000);
  }

  /// Runs while streams are held, and once after the last one.
  private void endHeldStreams() {
    int now = millis(Objects.requireNonNull(worker, "not adopted"));
    long longest = limits().pause().toMillis();
    int ended = streams.forEach(stream -> stream.heldMillis(now) >= longest, GuestStream::expired);
    if (ended > 0) {
      plugin.stats().pauseTimeouts().add(ended);
      GuestLogSink.LOG.warn(
          "wasm plugin {}: held {} streams for more than {} s without progress, they end by its"
              + " failure policy (limit pause)",
          plugin.settings().name(),
          ended,
          longest / 1e3);
    }
    int held = streams.heldMillis(now);
    if (held >= 0) {
      Objects.requireNonNull(pause, "not adopted").arm(Math.max(1, longest - held));
    }
  }

  private PluginLimits limits() {
    return plugin.settings().plugin().limits();
  }

  /// Runs the guest's last callbacks for that stream.
  void closeStream(GuestStream stream, HttpStreamContext guest) {
    streams.remove(stream);
    guest.close();
  }

  NetworkStreamContext openConnection(GuestStream stream, NetworkStreamHost host) {
    streams.add(stream);
    return context().newNetworkStream(host);
  }

  /// Runs the guest's last callbacks for that connection.
  void closeConnection(GuestStream stream, NetworkStreamContext guest) {
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
  public void refused(GuestLimit limit) {
    plugin.stats().refused(limit).inc();
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
    if (pause != null) {
      pause.cancel();
    }
    vm.onPluginEnded(this);
    if (owner != null) {
      owner.onPluginEnded();
    }
  }
}
