package dev.outrider.proxy.wasm;

import com.google.protobuf.ByteString;
import dev.outrider.proxy.filter.WorkerContext;
import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.wasm.PluginSettings.Code;
import dev.outrider.proxy.wasm.RemoteCode.Fetched;
import dev.outrider.proxywasm.FilterModule;
import dev.outrider.proxywasm.GuestFailureException;
import dev.outrider.proxywasm.ModuleRefusedException;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// All Wasm plugins of the process, whatever they extend. One per process; any thread.
///
/// A configuration is accepted when its module has been compiled, a canary has taken it, and every
/// loop that will run it has a VM or finds one prepared, all in the background; so a guest that
/// refuses its configuration refuses the resource. Equal configuration gives the plugin made
/// before. What no loop ever took (another part of its resource was refused) is kept for the next
/// attempt, [#MOST_WAITING] plugins at most.
public final class WasmPlugins {
  private static final int MOST_WAITING = 16;

  private final Map<ByteString, CompletableFuture<Loaded>> known = new ConcurrentHashMap<>();
  private final Map<PluginKey, WasmPlugin> accepted = new ConcurrentHashMap<>();
  private final Map<VmKey, VmSupply> supplies = new ConcurrentHashMap<>();
  private final Map<Loop, WorkerVms> loops = new ConcurrentHashMap<>();
  private final Map<Loop, WorkerContext> served = new ConcurrentHashMap<>();
  private final Queue<WasmPlugin> waiting = new ConcurrentLinkedQueue<>();
  private final ModuleCache modules;
  private final RemoteCode remote;
  private final Set<Integer> workers;
  private final MetricRegistry metrics;
  private final GuestServices services;
  private final Executor background;
  private final Supplier<RandomGenerator> random;
  private final long drainMillis;

  /// What became of one configuration.
  sealed interface Loaded {
    record Ready(WasmPlugin plugin) implements Loaded {}

    record Refused(String why) implements Loaded {}
  }

  /// Without a node to name and without compiled modules on disk.
  ///
  /// @param workers how many workers there are: loops 0 to `workers` - 1
  /// @param background may block; compiling takes seconds
  public WasmPlugins(int workers, Clock clock, MetricRegistry metrics, Executor background) {
    this(workers, clock, metrics, background, WasmOptions.DEFAULT);
  }

  public WasmPlugins(
      int workers, Clock clock, MetricRegistry metrics, Executor background, WasmOptions options) {
    this(workers, clock, metrics, background, options, SplittableRandom::new);
  }

  /// @param random makes the source of one loop, for the jitter of reloads
  WasmPlugins(
      int workers,
      Clock clock,
      MetricRegistry metrics,
      Executor background,
      WasmOptions options,
      Supplier<RandomGenerator> random) {
    this.workers = IntStream.range(0, workers).boxed().collect(Collectors.toUnmodifiableSet());
    this.metrics = metrics;
    this.services = GuestServices.of(clock, metrics, background, options.node());
    this.modules = new ModuleCache(options.compiledModules(), clock);
    this.remote =
        new RemoteCode(modules, RemoteCodeStats.of(metrics), clock, background, random.get());
    this.background = background;
    this.random = random;
    this.drainMillis = options.drainTime().toMillis();
  }

  /// The indexes of all workers' loops.
  Set<Integer> workers() {
    return workers;
  }

  /// The index of the main loop.
  Set<Integer> mainLoop() {
    return Set.of(workers.size());
  }

  GuestServices services() {
    return services;
  }

  /// Makes a loop known, before anything is configured for it: access loggers know their loop only.
  public void serve(WorkerContext worker) {
    served.put(worker.loop(), worker);
  }

  Executor background() {
    return background;
  }

  /// The VMs of a loop that was named to [#serve]. On that loop.
  WorkerVms on(Loop loop) {
    var worker = served.get(loop);
    if (worker == null) {
      throw new IllegalStateException("loop " + loop.index() + " was not named to serve()");
    }
    return on(worker);
  }

  /// The VMs of a loop. On that loop.
  WorkerVms on(WorkerContext worker) {
    var loop = worker.loop();
    return loops.computeIfAbsent(
        loop, _ -> new WorkerVms(worker, random.get(), drainMillis, () -> loops.remove(loop)));
  }

  /// Accepts or refuses a configuration. Code that must be fetched wants the main loop as caller,
  /// and that loop named to [#serve].
  ///
  /// @param source its encoding: equal ones are loaded once
  /// @param where indexes of the loops that will run it
  CompletableFuture<Loaded> load(ByteString source, PluginSettings settings, Set<Integer> where) {
    var mine = new CompletableFuture<Loaded>();
    var before = known.putIfAbsent(source, mine);
    if (before != null) {
      return before.thenCompose(outcome -> topUp(outcome, where));
    }
    switch (settings.code()) {
      case Code.Remote remote ->
          fetch(remote)
              .exceptionally(bug -> new Fetched.Failed(bug(settings, bug)))
              .thenAccept(
                  fetched -> {
                    switch (fetched) {
                      case Fetched.Bytes(var wasm) ->
                          compile(source, settings, new Code.Inline(wasm), where, mine);
                      case Fetched.Failed(var why) ->
                          conclude(source, new Loaded.Refused(why), mine);
                    }
                  });
      case Code.File file -> compile(source, settings, file, where, mine);
      case Code.Inline inline -> compile(source, settings, inline, where, mine);
    }
    return mine;
  }

  private CompletionStage<Fetched> fetch(Code.Remote code) {
    for (var context : served.values()) {
      if (context.loop().index() == workers.size()) {
        return remote.get(code, context);
      }
    }
    throw new IllegalStateException("the main loop was not named to serve()");
  }

  private void compile(
      ByteString source,
      PluginSettings settings,
      Code code,
      Set<Integer> where,
      CompletableFuture<Loaded> outcome) {
    background.execute(
        () ->
            compile(settings, code, where)
                .thenAccept(compiled -> conclude(source, compiled, outcome)));
  }

  private void conclude(ByteString source, Loaded outcome, CompletableFuture<Loaded> told) {
    if (outcome instanceof Loaded.Refused) {
      known.remove(source); // the file may be another one next time
    }
    told.complete(outcome);
  }

  /// A configuration that comes back while some loops have let go of it already: they must not be
  /// without a VM while they start one of their own.
  private CompletableFuture<Loaded> topUp(Loaded outcome, Set<Integer> where) {
    if (!(outcome instanceof Loaded.Ready(var plugin))
        || plugin.supply().missing(where).isEmpty()) {
      return CompletableFuture.completedFuture(outcome);
    }
    return plugin.supply().inTurn(background, () -> prepared(plugin, where));
  }

  private CompletableFuture<Loaded> compile(
      PluginSettings settings, Code code, Set<Integer> where) {
    try {
      var module = modules.load(settings.name(), code);
      var key = PluginKey.of(settings, module.sha256());
      var supply = supplies.computeIfAbsent(key.vm(), vm -> new VmSupply(() -> releaseSupply(vm)));
      return supply.inTurn(background, () -> admit(key, settings, module, supply, where));
    } catch (ModuleRefusedException refused) {
      return refused(String.valueOf(refused.getMessage()));
    } catch (RuntimeException | Error bug) { // the control plane must get its answer all the same
      return refused(bug(settings, bug));
    }
  }

  private static CompletableFuture<Loaded> refused(String why) {
    return CompletableFuture.completedFuture(new Loaded.Refused(why));
  }

  private static String bug(PluginSettings settings, Throwable bug) {
    GuestLogSink.LOG.error("wasm plugin {}: cannot be loaded", settings.name(), bug);
    return "internal error: " + bug;
  }

  private Loaded admit(
      PluginKey key,
      PluginSettings settings,
      FilterModule module,
      VmSupply supply,
      Set<Integer> where) {
    try {
      var known = accepted.get(key);
      if (known != null) {
        return prepared(known, where);
      }
      var stats = PluginStats.of(metrics, settings.name());
      stats.interpretedFunctions().add(module.interpretedFunctions().size());
      var plugin = new WasmPlugin(key, settings, module, stats, supply, this);
      var refusal = Canary.refusal(plugin, services);
      var outcome = refusal == null ? prepared(plugin, where) : new Loaded.Refused(refusal);
      if (outcome instanceof Loaded.Ready) {
        accepted.put(key, plugin);
        keep(plugin);
      } else {
        releaseSupply(key.vm());
      }
      return outcome;
    } catch (RuntimeException | Error bug) { // the control plane must get its answer all the same
      return new Loaded.Refused(bug(settings, bug));
    }
  }

  private static Loaded prepared(WasmPlugin plugin, Set<Integer> where) {
    try {
      for (int loop : plugin.supply().missing(where)) {
        plugin.supply().add(loop, plugin.startVm());
      }
      return new Loaded.Ready(plugin);
    } catch (GuestFailureException failed) {
      return new Loaded.Refused(String.valueOf(failed.getMessage()));
    }
  }

  private void keep(WasmPlugin plugin) {
    waiting.add(plugin);
    while (waiting.size() > MOST_WAITING) {
      var oldest = waiting.poll();
      if (oldest != null) {
        forget(oldest);
      }
    }
  }

  /// The first loop has taken it: it is in use. On that loop.
  void taken(WasmPlugin plugin) {
    waiting.remove(plugin);
  }

  /// The last loop has let go of it. On that loop.
  void unused(WasmPlugin plugin) {
    forget(plugin);
  }

  private void forget(WasmPlugin plugin) {
    accepted.remove(plugin.key(), plugin);
    known
        .values()
        .removeIf(
            outcome ->
                outcome.getNow(new Loaded.Refused("")) instanceof Loaded.Ready(var current)
                    && current == plugin);
    releaseSupply(plugin.key().vm());
  }

  /// VMs that nobody took go with the last plugin of their key.
  private void releaseSupply(VmKey key) {
    var supply = supplies.get(key);
    if (supply != null && accepted.keySet().stream().noneMatch(plugin -> plugin.vm().equals(key))) {
      supply.discard();
      if (!supply.used()) {
        supplies.remove(key, supply);
      }
    }
  }

  /// What is known of every plugin now.
  public List<PluginReport> report() {
    return accepted.values().stream().map(WasmPlugin::report).toList();
  }

  /// Whether no plugin is known and no loop has a VM.
  boolean isEmpty() {
    return known.isEmpty() && accepted.isEmpty() && supplies.isEmpty() && loops.isEmpty();
  }
}
