package dev.outrider.proxywasm.engine;

import dev.outrider.proxywasm.engine.GuestTrapException.Kind;
import dev.outrider.proxywasm.host.GuestDeadline;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import run.endive.runtime.ExecutionListener;
import run.endive.runtime.HostFunction;
import run.endive.runtime.ImportFunction;
import run.endive.runtime.ImportValues;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.wasm.types.FunctionType;
import run.endive.wasm.types.MemoryLimits;

/// A running module: linear memory, globals, tables. Confined to one thread at a time.
///
/// Every `call` takes an index of [CompiledModule#exportIndex], returns the result (0 for none) and
/// throws [GuestTrapException] or a [HostAbortException]; after either one the instance is dead and
/// each later call throws the same again. Calls may nest (host code that calls the guest's
/// allocator). Neither a call nor a host call allocates.
public final class WasmInstance {
  private static final int EXPECTED_DEPTH = 4;

  // The interpreter asks for interruption only; here it asks for the deadline, at each instruction.
  private static final ExecutionListener INTERPRETED =
      (_, _) -> {
        if (GuestDeadline.flag != 0) {
          GuestDeadline.check();
        }
      };

  private final CompiledModule module;
  private final HostCode[] hosts;
  private final FlatMemory memory;
  private final Instance instance;
  // What generated code takes: null for a module without a memory.
  private final @Nullable Memory engineMemory;

  // [depth][import]: one argument array per import and depth of calls, since a host call may run
  // the
  // guest again before it has read its arguments.
  private long[][][] arguments = new long[EXPECTED_DEPTH][][];
  private int depth;
  private @Nullable RuntimeException failure;

  /// `hosts` in the order of the module's imports.
  WasmInstance(CompiledModule module, HostCode[] hosts, InstanceLimits limits) {
    this.module = module;
    this.hosts = hosts;
    var declared = module.memoryLimits();
    this.memory = new FlatMemory(declared == null ? new MemoryLimits(0, 0) : declared, limits);
    this.instance =
        Instance.builder(module.engineModule())
            .withInitialize(false)
            .withMemoryFactory(_ -> memory)
            .withTableFactory(module.tables())
            .withImportValues(ImportValues.builder().withFunctions(handles()).build())
            .withMachineFactory(i -> new HostedMachine(module.calls().machine(i), this))
            .withUnsafeExecutionListener(module.interpretsFunctions() ? INTERPRETED : null)
            .build();
    this.engineMemory = declared == null ? null : memory;
  }

  private List<ImportFunction> handles() {
    var handles = new ArrayList<ImportFunction>();
    for (int i = 0; i < hosts.length; i++) {
      handles.add(handle(i));
    }
    return handles;
  }

  // For imports called through a table or by the interpreter; other calls take HostedMachine.
  private ImportFunction handle(int function) {
    var wanted = module.imports().get(function);
    FunctionType type = module.importType(function);
    boolean isVoid = type.returns().isEmpty();
    long[] result = new long[isVoid ? 0 : 1];
    return new HostFunction(
        wanted.module(),
        wanted.name(),
        type,
        (_, args) -> {
          long value = callHost(function, args);
          if (!isVoid) {
            result[0] = value;
          }
          return result;
        });
  }

  /// Copies the data segments and runs the start section.
  void initialize() {
    enterFrame();
    try {
      instance.initialize(false);
    } catch (RuntimeException | Error problem) {
      throw failed(problem);
    } finally {
      depth--;
    }
  }

  public CompiledModule module() {
    return module;
  }

  /// The module's memory; a module without one has an empty memory.
  public FlatMemory memory() {
    return memory;
  }

  public long call(int export) {
    return run(export, 0, 0, 0, 0, 0);
  }

  public long call(int export, long a) {
    return run(export, a, 0, 0, 0, 0);
  }

  public long call(int export, long a, long b) {
    return run(export, a, b, 0, 0, 0);
  }

  public long call(int export, long a, long b, long c) {
    return run(export, a, b, c, 0, 0);
  }

  public long call(int export, long a, long b, long c, long d) {
    return run(export, a, b, c, d, 0);
  }

  public long call(int export, long a, long b, long c, long d, long e) {
    return run(export, a, b, c, d, e);
  }

  private long run(int export, long a, long b, long c, long d, long e) {
    var dead = failure;
    if (dead != null) {
      throw dead;
    }
    enterFrame();
    try {
      return module.calls().call(export, instance, engineMemory, a, b, c, d, e);
    } catch (RuntimeException | Error problem) {
      throw failed(problem);
    } finally {
      depth--;
    }
  }

  private void enterFrame() {
    depth++;
    if (depth >= arguments.length || arguments[depth] == null) {
      addFrame();
    }
  }

  private void addFrame() {
    if (depth >= arguments.length) {
      arguments = Arrays.copyOf(arguments, depth * 2);
    }
    var frame = new long[hosts.length][];
    for (int i = 0; i < hosts.length; i++) {
      frame[i] = new long[module.imports().get(i).shape().params().size()];
    }
    arguments[depth] = frame;
  }

  private RuntimeException failed(Throwable problem) {
    var translated = module.traps().translate(problem);
    if (failure == null) {
      failure = translated;
    }
    return translated;
  }

  long[] argumentsOf(int function) {
    return arguments[depth][function];
  }

  long callHost(int function, long[] args) {
    if (GuestDeadline.flag != 0) {
      GuestDeadline.check();
    }
    return hosts[function].call(this, args);
  }

  /// Gives the memory back to its pool. The instance is dead afterwards; idempotent.
  public void close() {
    if (failure == null) {
      failure = new GuestTrapException(Kind.HOST, "the instance is closed", List.of(), null);
    }
    memory.release();
  }
}
