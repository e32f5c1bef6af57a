package dev.outrider.proxywasm.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A Wasm module compiled to JVM bytecode. Immutable; shared by all workers.
public final class CompiledModule {
  private CompiledModule() {}

  /// Validates and compiles `wasm` (borrowed, not kept). Slow (0.1-3 s) and hungry: call it on a
  /// background thread. `name` is used in messages only.
  ///
  /// @throws CompileRefusedException if the module cannot run here
  public static CompiledModule compile(String name, byte[] wasm, CompileOptions options) {
    throw new UnsupportedOperationException("follows");
  }

  public String name() {
    throw new UnsupportedOperationException("follows");
  }

  /// SHA-256 of the original bytes, lower-case hex.
  public String sha256() {
    throw new UnsupportedOperationException("follows");
  }

  /// In the module's order; every one needs a binding of exactly this shape.
  public List<FunctionImport> imports() {
    throw new UnsupportedOperationException("follows");
  }

  /// Null if there is no exported function of that name.
  public @Nullable FunctionShape exportedFunction(String name) {
    throw new UnsupportedOperationException("follows");
  }

  /// Index for [WasmInstance]'s `call`; -1 if there is no exported function of that name.
  public int exportIndex(String name) {
    throw new UnsupportedOperationException("follows");
  }

  /// Names of the exported functions in the order of the export section.
  public List<String> exportedFunctions() {
    throw new UnsupportedOperationException("follows");
  }

  /// Whether the `producers` section mentions `needle` (ignoring case): `Go`, `TinyGo`, `Rust`.
  public boolean producedBy(String needle) {
    throw new UnsupportedOperationException("follows");
  }

  public CompileReport report() {
    throw new UnsupportedOperationException("follows");
  }

  /// Source name of a function, imports counted first; `func 12` if the module has none for it.
  public String functionName(int index) {
    throw new UnsupportedOperationException("follows");
  }

  /// A fresh instance: data segments copied and the start section (if any) run, `_initialize` and
  /// `_start` not. Every import must have a binding. May run guest code (start section): call it
  /// under a deadline.
  ///
  /// @throws CompileRefusedException if an import has no binding of its shape
  /// @throws GuestTrapException if memory is refused or the start section traps
  public WasmInstance instantiate(List<HostBinding> bindings, InstanceLimits limits) {
    throw new UnsupportedOperationException("follows");
  }
}
