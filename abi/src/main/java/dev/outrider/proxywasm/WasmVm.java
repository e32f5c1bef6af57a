package dev.outrider.proxywasm;

import dev.outrider.proxywasm.engine.GuestTrapException;
import dev.outrider.proxywasm.engine.HostAbortException;
import dev.outrider.proxywasm.engine.InstanceLimits;
import dev.outrider.proxywasm.engine.WasmInstance;
import dev.outrider.proxywasm.guest.GuestCallback;
import dev.outrider.proxywasm.guest.GuestExports;
import dev.outrider.proxywasm.host.CallLimits;
import dev.outrider.proxywasm.host.GuestCell;
import dev.outrider.proxywasm.host.HostServices;
import dev.outrider.proxywasm.host.MemoryPool;
import dev.outrider.proxywasm.host.PluginHost;
import dev.outrider.proxywasm.imports.ContextScope;
import dev.outrider.proxywasm.imports.HostCall;
import dev.outrider.proxywasm.imports.ImportTable;
import dev.outrider.proxywasm.imports.PluginScope;
import dev.outrider.proxywasm.imports.VmFacts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One instance of a module: its memory, its contexts, its failure. Belongs to one thread at a
/// time, which may change once, with a happens-before edge, between [#start] and the first
/// callback.
public final class WasmVm implements AutoCloseable {
  private final VmSpec spec;
  private final HostServices services;
  private final GuestExports exports;
  private final HostCall call;
  private final WasmInstance instance;
  private final List<PluginContext> plugins = new ArrayList<>();
  private final CallObserver observer;

  private @Nullable GuestCell cell;
  private @Nullable GuestFailure failure;
  private boolean inGuest;
  private boolean draining;
  private boolean closed;

  private WasmVm(
      FilterModule module,
      VmSpec spec,
      HostServices services,
      GuestExports exports,
      HostCall call) {
    this.spec = spec;
    this.services = services;
    this.exports = exports;
    this.call = call;
    this.observer = new CallObserver(services.clock());
    this.instance = instantiate(module, spec, services, call);
  }

  /// Instantiates the module and runs `_initialize` (then `main`), else `_start`. Slow for Go
  /// guests (tens of ms).
  ///
  /// @throws GuestFailureException if a start function fails, is a command, or an export is missing
  public static WasmVm start(FilterModule module, VmSpec spec, HostServices services) {
    if (!module.exports().hasAllocator()) {
      throw new GuestFailureException(
          new GuestFailure.MissingExport(
              "malloc",
              "module '"
                  + module.name()
                  + "' exports neither malloc nor proxy_on_memory_allocate; a C module needs"
                  + " -Wl,--export=malloc"));
    }
    var facts =
        new VmFacts(
            spec.vmId(), spec.configuration(), spec.environment(), module.abi(), spec.limits());
    var exports = module.exports().restrictedTo(spec.capabilities());
    var call = new HostCall(facts, services, exports);
    var vm = createOrClose(module, spec, services, exports, call);
    vm.runStartFunctions();
    var failure = vm.failure;
    if (failure != null) {
      vm.close();
      throw new GuestFailureException(failure);
    }
    return vm;
  }

  private static WasmVm createOrClose(
      FilterModule module,
      VmSpec spec,
      HostServices services,
      GuestExports exports,
      HostCall call) {
    try {
      return new WasmVm(module, spec, services, exports, call);
    } catch (GuestTrapException e) {
      call.close();
      throw new GuestFailureException(GuestFailures.of("start section", e));
    } catch (HostAbortException e) {
      call.close();
      throw new GuestFailureException(
          GuestFailures.of("start section", e, module.compiled().guestStack(e)));
    }
  }

  private static WasmInstance instantiate(
      FilterModule module, VmSpec spec, HostServices services, HostCall call) {
    var limits = spec.limits();
    long pages = Math.min(MemoryPool.MAX_PAGES, limits.maxMemoryBytes() / MemoryPool.PAGE_BYTES);
    var bindings = ImportTable.HOST.bind(module.compiled(), call, spec.capabilities());
    var cell = GuestWatchdog.cell();
    cell.enter(limits.startCpu().toNanos(), limits.wall().toNanos());
    try {
      return module
          .compiled()
          .instantiate(bindings, new InstanceLimits((int) pages, services.memory()));
    } finally {
      cell.exit();
    }
  }

  private void runStartFunctions() {
    if (exports.has(GuestCallback.INITIALIZE)) {
      runStart(GuestCallback.INITIALIZE);
      runStart(exports.has(GuestCallback.MAIN) ? GuestCallback.MAIN : GuestCallback.MAIN_VOID);
    } else {
      runStart(GuestCallback.START);
    }
  }

  private void runStart(GuestCallback callback) {
    if (failure == null) {
      var _ = run(null, callback, 0, 0, 0);
    }
  }

  /// Creates a root context and runs `proxy_on_context_create`, `proxy_on_vm_start` and
  /// `proxy_on_configure`.
  ///
  /// @throws GuestFailureException if one of them fails (then the VM has failed) or answers false
  ///   (then only this plugin is gone and the VM goes on)
  public PluginContext newPlugin(PluginSpec pluginSpec, PluginHost host) {
    requireIdle();
    if (failure != null) {
      throw new GuestFailureException(failure);
    }
    var plugin = new PluginContext(this, pluginSpec, host);
    plugins.add(plugin);
    var refusal = plugin.start();
    if (refusal != null) {
      plugin.release();
      drain();
      throw new GuestFailureException(refusal);
    }
    drain();
    return plugin;
  }

  /// Why the VM can run nothing any more, or null while it can.
  public @Nullable GuestFailure failure() {
    return failure;
  }

  /// Bytes of linear memory now.
  public long memoryBytes() {
    return closed ? 0 : instance.memory().sizeBytes();
  }

  /// How often guest and host have called each other so far, the guest's allocator included: what a
  /// callback costs beside its own work.
  public long crossings() {
    return call.crossings();
  }

  /// Cancels timers and callouts, closes shared spaces, gives the memory back. Runs no guest code;
  /// idempotent.
  @Override
  public void close() {
    requireIdle();
    if (closed) {
      return;
    }
    closed = true;
    if (failure == null) {
      failure = new GuestFailure.Trap("close", "the VM has been closed");
    }
    for (var plugin : List.copyOf(plugins)) {
      plugin.release();
    }
    call.effects().clear();
    call.close();
    instance.close();
  }

  VmSpec spec() {
    return spec;
  }

  HostServices services() {
    return services;
  }

  GuestExports exports() {
    return exports;
  }

  HostCall call() {
    return call;
  }

  void forget(PluginContext plugin) {
    plugins.remove(plugin);
  }

  /// Runs a callback of a context (null: a start function); 0 if the module lacks it. After it ask
  /// [#failure], settle the context, and [#drain].
  int run(@Nullable ContextScope scope, GuestCallback callback, int a, int b, int c) {
    if (!exports.has(callback)) {
      return 0;
    }
    int effectsBefore = begin(scope, callback);
    try {
      return exports.call(instance, callback, a, b, c);
    } catch (GuestTrapException e) {
      fail(GuestFailures.of(callback.export(), e), effectsBefore);
      remarkHostBug(e);
      return 0;
    } catch (HostAbortException e) {
      fail(GuestFailures.of(callback.export(), e, guestStack(e)), effectsBefore);
      return 0;
    } finally {
      end(scope, callback);
    }
  }

  /// As [#run], for the callback with five parameters.
  void runHttpCallResponse(ContextScope scope, int token, int headers, int bytes, int trailers) {
    if (!exports.has(GuestCallback.HTTP_CALL_RESPONSE)) {
      return;
    }
    var name = GuestCallback.HTTP_CALL_RESPONSE.export();
    int effectsBefore = begin(scope, GuestCallback.HTTP_CALL_RESPONSE);
    try {
      exports.callHttpCallResponse(instance, scope.id(), token, headers, bytes, trailers);
    } catch (GuestTrapException e) {
      fail(GuestFailures.of(name, e), effectsBefore);
      remarkHostBug(e);
    } catch (HostAbortException e) {
      fail(GuestFailures.of(name, e, guestStack(e)), effectsBefore);
    } finally {
      end(scope, GuestCallback.HTTP_CALL_RESPONSE);
    }
  }

  private int begin(@Nullable ContextScope scope, GuestCallback callback) {
    requireIdle();
    inGuest = true;
    if (scope == null) {
      cellOfThisThread().enter(spec.limits().startCpu().toNanos(), spec.limits().wall().toNanos());
    } else {
      call.enter(scope);
      var limits = scope.plugin().limits().calls();
      cellOfThisThread().enter(cpu(scope, callback, limits).toNanos(), limits.wall().toNanos());
    }
    observer.begin(call.crossings() - 1);
    return call.effects().size();
  }

  private List<String> guestStack(HostAbortException abort) {
    return instance.module().guestStack(abort);
  }

  private static Duration cpu(ContextScope scope, GuestCallback callback, CallLimits limits) {
    return switch (callback) {
      case VM_START, CONFIGURE -> limits.start();
      case CONTEXT_CREATE -> scope instanceof PluginScope ? limits.start() : limits.request();
      case TICK, QUEUE_READY -> limits.tick();
      case DONE, DELETE -> scope instanceof PluginScope ? limits.tick() : limits.request();
      default -> limits.request();
    };
  }

  private void end(@Nullable ContextScope scope, GuestCallback callback) {
    cellOfThisThread().exit();
    call.leave();
    observer.end(
        scope == null ? null : scope.plugin(), callback, call.crossings(), failure != null);
    inGuest = false;
  }

  private GuestCell cellOfThisThread() {
    var known = cell;
    if (known == null || known.owner() != Thread.currentThread()) {
      known = GuestWatchdog.cell();
      cell = known;
    }
    return known;
  }

  /// Sticky. What the failing callback had asked for is dropped; what earlier ones asked for is
  /// not.
  private void fail(GuestFailure reason, int effectsBefore) {
    failure = reason;
    var effects = call.effects();
    while (effects.size() > effectsBefore) {
      effects.removeLast().drop();
    }
  }

  /// An exception in the embedder's own code ends the guest too; its stack must not be lost.
  private void remarkHostBug(GuestTrapException trap) {
    if (trap.kind() == GuestTrapException.Kind.HOST && trap.getCause() != null) {
      call.remarkBug(trap.getCause());
    }
  }

  /// Hands the effects of finished callbacks to the embedder, in order. What an effect's receiver
  /// calls back may add to the queue: it is the outermost drain that goes on.
  void drain() {
    if (draining) {
      return;
    }
    draining = true;
    try {
      for (var next = call.effects().poll(); next != null; next = call.effects().poll()) {
        next.deliver();
      }
      tellPluginsOfFailure();
    } finally {
      draining = false;
    }
  }

  private void tellPluginsOfFailure() {
    if (failure != null && !closed) {
      for (var plugin : List.copyOf(plugins)) {
        plugin.tellFailure();
      }
    }
  }

  void requireIdle() {
    if (inGuest) {
      throw new IllegalStateException("a VM may not be called from inside its own guest's call");
    }
  }
}
