package dev.outrider.proxy.worker;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.config.Changes;
import dev.outrider.proxy.config.ConfigChange;
import dev.outrider.proxy.config.DrainScope;
import dev.outrider.proxy.config.RouteDemands;
import dev.outrider.proxy.overload.OverloadState;
import dev.outrider.proxy.runtime.RuntimeSnapshot;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The main loop and a fixed number of workers, each on a thread of its own. Changes, drain and
/// stop are asked for here; the stages that are returned complete on the main loop.
public final class WorkerGroup implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("config");

  private final List<MultiThreadIoEventLoopGroup> threads = new ArrayList<>();
  private final List<Worker> workers = new ArrayList<>();
  private final MainLoop mainLoop;
  private final WorkerPulse pulse;
  private final SharedSockets shared = new SharedSockets();
  private final WorkerSpec spec;
  private final Map<String, List<HostPort>> chosenPorts = new HashMap<>();
  private CompletableFuture<ApplyReport> last =
      CompletableFuture.completedFuture(new ApplyReport(Map.of(), Map.of()));

  /// Starts the threads. `spec.registry()` must be made for `count + 1` loops.
  public WorkerGroup(int count, WorkerSpec spec) {
    this.spec = spec;
    for (var index = 0; index < count; index++) {
      var loop = startLoop(index, "worker-" + index, spec.guestStackBytes());
      workers.add(new Worker(loop, spec, shared));
    }
    this.mainLoop = new MainLoop(startLoop(count, "main", 0), spec);
    this.pulse =
        new WorkerPulse(mainLoop.loop(), workers.stream().map(worker -> worker.loop()).toList());
  }

  private NettyLoop startLoop(int index, String name, long stackBytes) {
    ThreadFactory factory = task -> new FastThreadLocalThread(null, task, name, stackBytes);
    var group = new MultiThreadIoEventLoopGroup(1, factory, spec.transport().ioHandlers());
    threads.add(group);
    return new NettyLoop(index, group.next());
  }

  public MainLoop mainLoop() {
    return mainLoop;
  }

  /// Whether the workers still take tasks. Main loop only.
  public WorkerPulse pulse() {
    return pulse;
  }

  public List<Worker> workers() {
    return List.copyOf(workers);
  }

  /// Gives a change to every loop, one change after the other. Main loop only. Completes when all
  /// have taken it: what the change replaced or removed is then used by no new stream.
  public CompletionStage<ApplyReport> apply(ConfigChange change) {
    mainLoop.loop().assertOnLoop();
    last = last.thenCompose(_ -> applyNow(change));
    return last;
  }

  /// The first worker goes ahead: it finds the port of a listener that leaves the choice to the
  /// system.
  private CompletableFuture<ApplyReport> applyNow(ConfigChange change) {
    mainLoop.apply(change);
    change.listeners().removed().forEach(chosenPorts::remove);
    return applyOn(workers.getFirst(), change).thenCompose(report -> applyOnOthers(change, report));
  }

  private CompletableFuture<ApplyReport> applyOnOthers(ConfigChange change, ApplyReport first) {
    for (var listener : change.listeners().updated().values()) {
      var bound = first.bound().get(listener.name());
      if (bound != null) {
        chosenPorts.put(listener.name(), bound);
      }
    }
    var all = CompletableFuture.completedFuture(first);
    var rest = without(first.failures().keySet(), change);
    for (var worker : workers.subList(1, workers.size())) {
      all = all.thenCombine(applyOn(worker, rest), ApplyReport::and);
    }
    return all;
  }

  /// What the first worker could not bind nobody binds.
  private static ConfigChange without(Set<String> unbound, ConfigChange change) {
    var listeners = new LinkedHashMap<>(change.listeners().updated());
    listeners.keySet().removeAll(unbound);
    return new ConfigChange(
        change.clusters(),
        change.endpoints(),
        change.routes(),
        new Changes<>(listeners, change.listeners().removed()),
        change.filters(),
        change.scopes());
  }

  private CompletableFuture<ApplyReport> applyOn(Worker worker, ConfigChange change) {
    var taken = new CompletableFuture<ApplyReport>();
    var addresses = Map.copyOf(chosenPorts);
    Consumer<ApplyReport> done = report -> mainLoop.loop().execute(() -> taken.complete(report));
    worker.loop().execute(() -> applyOrReport(worker, change, addresses, done));
    return taken;
  }

  /// A bug in one change must not keep every later one waiting.
  private static void applyOrReport(
      Worker worker,
      ConfigChange change,
      Map<String, List<HostPort>> addresses,
      Consumer<ApplyReport> done) {
    try {
      worker.apply(change, addresses, done);
    } catch (RuntimeException | Error bug) {
      var name = "worker " + worker.loop().index();
      LOG.error("{} could not take a change", name, bug);
      done.accept(
          new ApplyReport(Map.of(), Map.of(name, name + " could not take a change: " + bug)));
    }
  }

  /// Tells every worker what the operator has decided about the health of the process. Completes
  /// when all know.
  public CompletionStage<Void> healthCheckFailed(boolean failed) {
    return onEach(worker -> worker.healthCheckFailed(failed));
  }

  /// Sets every counter of the process to zero. Completes when each loop has done so.
  public CompletionStage<Void> resetCounters() {
    var registry = spec.registry();
    registry.resetCounters();
    registry.resetCounters(mainLoop.loop().index());
    return onEach(worker -> registry.resetCounters(worker.loop().index()));
  }

  /// Gives every loop another runtime. Completes when all have it.
  public CompletionStage<Void> runtime(RuntimeSnapshot snapshot) {
    mainLoop.runtime().take(snapshot);
    return onEach(worker -> worker.runtime().take(snapshot));
  }

  /// Tells every worker who is asked for route tables that are wanted. Completes when all know.
  public CompletionStage<Void> demandRoutes(RouteDemands demands) {
    return onEach(worker -> worker.demandRoutes(mainLoop.loop(), demands));
  }

  /// Tells every worker what overload forbids. Completes when all know.
  public CompletionStage<Void> overload(OverloadState state) {
    return onEach(worker -> worker.overload(state));
  }

  /// Has responses of the listeners that are covered end their connections, by and by. Completes
  /// when every worker does so.
  public CompletionStage<Void> drainListeners(DrainScope covered) {
    return onEach(worker -> worker.drainListeners(covered));
  }

  private CompletionStage<Void> onEach(Consumer<Worker> task) {
    var done = new ArrayList<CompletableFuture<Void>>();
    for (var worker : workers) {
      done.add(CompletableFuture.runAsync(() -> task.accept(worker), worker.loop()::execute));
    }
    return CompletableFuture.allOf(done.toArray(CompletableFuture[]::new))
        .thenRunAsync(() -> {}, mainLoop.loop().eventLoop());
  }

  /// Closes the sockets of the listeners that are covered. Completes with how many listeners those
  /// were that were open.
  public CompletionStage<Integer> stopListeners(DrainScope covered) {
    var most = CompletableFuture.completedFuture(0);
    for (var worker : workers) {
      var stopped =
          CompletableFuture.supplyAsync(
              () -> worker.stopListeners(covered), worker.loop()::execute);
      most = most.thenCombine(stopped, Math::max);
    }
    return most.thenApplyAsync(count -> count, mainLoop.loop().eventLoop());
  }

  /// Accepts nothing more; completes when the last client has gone, at the latest after `patience`.
  public CompletionStage<Void> endSoon(Duration patience) {
    var drained = new ArrayList<CompletableFuture<Void>>();
    for (var worker : workers) {
      var gone = new CompletableFuture<Void>();
      drained.add(gone);
      worker.loop().execute(() -> worker.endSoon(() -> gone.complete(null)));
    }
    return CompletableFuture.allOf(drained.toArray(CompletableFuture[]::new))
        .completeOnTimeout(null, patience.toMillis(), TimeUnit.MILLISECONDS)
        .thenRunAsync(() -> {}, mainLoop.loop().eventLoop());
  }

  /// Completes when the threads have ended, on whatever thread, after [#close].
  public CompletionStage<Void> ended() {
    var ended = new ArrayList<CompletableFuture<Void>>();
    for (var group : threads) {
      var one = new CompletableFuture<Void>();
      ended.add(one);
      group.terminationFuture().addListener(_ -> one.complete(null));
    }
    return CompletableFuture.allOf(ended.toArray(CompletableFuture[]::new));
  }

  /// Ends every connection, then the threads. Returns at once; the threads end within a second,
  /// unless a guest keeps one for longer.
  @Override
  public void close() {
    for (var worker : workers) {
      worker.loop().execute(worker::closeAll);
    }
    threads.forEach(group -> group.shutdownGracefully(0, 1, TimeUnit.SECONDS));
  }
}
