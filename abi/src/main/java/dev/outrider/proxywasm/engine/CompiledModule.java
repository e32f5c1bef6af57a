package dev.outrider.proxywasm.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import run.endive.runtime.TableFactory;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.FunctionType;
import run.endive.wasm.types.MemoryLimits;

/// A Wasm module compiled to JVM bytecode. Immutable; shared by all workers.
public final class CompiledModule {
  private final ModuleFacts facts;
  private final WasmModule stripped;
  private final GuestCalls calls;
  private final TableFactory tables;
  private final TrapTranslator traps;
  private final CompileReport report;

  CompiledModule(ModuleFacts facts, WasmModule stripped, GuestCalls calls, CompileReport report) {
    this.facts = facts;
    this.stripped = stripped;
    this.calls = calls;
    this.tables = GuestTables.of(stripped);
    this.traps = new TrapTranslator(facts.names());
    this.report = report;
  }

  /// Validates and compiles `wasm` (borrowed, not kept). Slow (0.1-3 s) and hungry: call it on a
  /// background thread. `name` is used in messages only.
  ///
  /// @throws CompileRefusedException if the module cannot run here
  /// @throws IllegalStateException if guests of this engine cannot be stopped at their deadline
  public static CompiledModule compile(String name, byte[] wasm, CompileOptions options) {
    return ModuleCompiler.compile(name, wasm, options);
  }

  public String name() {
    return facts.name();
  }

  /// SHA-256 of the original bytes, lower-case hex.
  public String sha256() {
    return facts.sha256();
  }

  /// In the module's order; every one needs a binding of exactly this shape.
  public List<FunctionImport> imports() {
    return facts.imports();
  }

  /// Null if there is no exported function of that name.
  public @Nullable FunctionShape exportedFunction(String name) {
    var export = facts.exports().get(name);
    return export == null ? null : export.shape();
  }

  /// Index for [WasmInstance]'s `call`; -1 if there is no exported function of that name.
  public int exportIndex(String name) {
    var export = facts.exports().get(name);
    return export == null ? -1 : export.index();
  }

  /// Names of the exported functions in the order of the export section.
  public List<String> exportedFunctions() {
    return List.copyOf(facts.exports().keySet());
  }

  /// Whether the `producers` section names `tool` (ignoring case): `Go`, `TinyGo`, `Rust`.
  public boolean producedBy(String tool) {
    return facts.producers().stream()
        .anyMatch(p -> p.equalsIgnoreCase(tool) || startsWithWord(p, tool));
  }

  // Go names itself `Go cmd/compile` as a tool.
  private static boolean startsWithWord(String text, String word) {
    return text.regionMatches(true, 0, word + " ", 0, word.length() + 1);
  }

  public CompileReport report() {
    return report;
  }

  /// Source name of a function, imports counted first; `func 12` if the module has none for it.
  public String functionName(int index) {
    return facts.names().name(index);
  }

  /// Names of this module's functions that an exception has passed, innermost first.
  public List<String> guestStack(Throwable problem) {
    return traps.guestStack(problem);
  }

  /// A fresh instance: data segments copied and the start section (if any) run, `_initialize` and
  /// `_start` not. Every import must have a binding. May run guest code (start section): call it
  /// under a deadline.
  ///
  /// @throws CompileRefusedException if an import has no binding of its shape
  /// @throws GuestTrapException if memory is refused or the start section traps
  public WasmInstance instantiate(List<HostBinding> bindings, InstanceLimits limits) {
    var instance = new WasmInstance(this, bind(bindings), limits);
    try {
      instance.initialize();
    } catch (RuntimeException e) {
      instance.close();
      throw e;
    }
    return instance;
  }

  private HostCode[] bind(List<HostBinding> bindings) {
    Map<FunctionImport, HostCode> offered = new LinkedHashMap<>();
    bindings.forEach(binding -> offered.put(binding.function(), binding.code()));
    var bound = new ArrayList<HostCode>();
    for (var wanted : imports()) {
      var code = offered.get(wanted);
      if (code == null) {
        throw ModuleReader.refused(
            name(),
            "it imports %s.%s %s, which the host does not offer: build it for an ABI version that has no such import"
                .formatted(wanted.module(), wanted.name(), wanted.shape()),
            null);
      }
      bound.add(code);
    }
    return bound.toArray(new HostCode[0]);
  }

  WasmModule engineModule() {
    return stripped;
  }

  GuestCalls calls() {
    return calls;
  }

  TableFactory tables() {
    return tables;
  }

  TrapTranslator traps() {
    return traps;
  }

  boolean interpretsFunctions() {
    return !report.interpreted().isEmpty();
  }

  FunctionType importType(int function) {
    return facts.importTypes().get(function);
  }

  /// Of the one memory; null if there is none.
  @Nullable MemoryLimits memoryLimits() {
    return stripped.memorySection().map(section -> section.getMemory(0).limits()).orElse(null);
  }
}
