package dev.outrider.proxywasm;

import dev.outrider.proxywasm.engine.CompileOptions;
import dev.outrider.proxywasm.engine.CompileRefusedException;
import dev.outrider.proxywasm.engine.CompiledModule;
import dev.outrider.proxywasm.guest.AbiVersion;
import dev.outrider.proxywasm.guest.GuestExports;
import dev.outrider.proxywasm.imports.ImportTable;
import java.util.List;

/// A filter's module, validated and compiled. Immutable; shared by every VM of every thread.
public final class FilterModule {
  private final CompiledModule compiled;
  private final AbiVersion abi;
  private final GuestExports exports;

  private FilterModule(CompiledModule compiled, AbiVersion abi, GuestExports exports) {
    this.compiled = compiled;
    this.abi = abi;
    this.exports = exports;
  }

  /// Validates and compiles a module (borrowed, not kept). Takes 0.1 to 3 s and much memory: call
  /// it on a background thread.
  ///
  /// @param name for messages only
  /// @throws ModuleRefusedException if it is not a proxy-wasm filter that can run here; the message
  ///   says why and what to do
  public static FilterModule load(String name, byte[] wasm, ModuleOptions options) {
    try {
      var compiled =
          CompiledModule.compile(
              name, wasm, new CompileOptions(options.maxModuleBytes(), options.cacheDirectory()));
      var abi = AbiVersion.of(compiled);
      boolean refuseUnknown = options.unknownImports() == ModuleOptions.UnknownImports.REFUSE;
      ImportTable.HOST.check(compiled, refuseUnknown);
      return new FilterModule(compiled, abi, new GuestExports(compiled));
    } catch (CompileRefusedException e) {
      throw new ModuleRefusedException(String.valueOf(e.getMessage()), e);
    }
  }

  /// As given to [#load].
  public String name() {
    return compiled.name();
  }

  /// `0.1.0`, `0.2.0` or `0.2.1`, by the export marker.
  public String abiVersion() {
    return abi.text();
  }

  /// Lower-case hex digest of the bytes.
  public String sha256() {
    return compiled.sha256();
  }

  /// Names of functions that the compiler refused: they are interpreted, a hundred times slower.
  public List<String> interpretedFunctions() {
    return compiled.report().interpreted();
  }

  /// Names of functions too large for the JIT unless the JVM runs with
  /// `-XX:-DontCompileHugeMethods`.
  public List<String> hugeFunctions() {
    return compiled.report().huge();
  }

  /// What became of the disk cache: `off`, `hit`, `stored`, or `failed: ` and why (worth a
  /// warning).
  public String cacheOutcome() {
    return compiled.report().cache();
  }

  CompiledModule compiled() {
    return compiled;
  }

  AbiVersion abi() {
    return abi;
  }

  GuestExports exports() {
    return exports;
  }
}
