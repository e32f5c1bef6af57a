package dev.outrider.proxywasm;

import java.util.List;

/// A filter's module, validated and compiled. Immutable; shared by every VM of every thread.
public final class FilterModule {
  private FilterModule() {}

  /// Validates and compiles a module (borrowed, not kept). Takes 0.1 to 3 s and much memory: call
  /// it on a background thread.
  ///
  /// @param name for messages only
  /// @throws ModuleRefusedException if it is not a proxy-wasm filter that can run here; the message
  ///   says why and what to do
  public static FilterModule load(String name, byte[] wasm, ModuleOptions options) {
    throw new UnsupportedOperationException("follows");
  }

  /// As given to [#load].
  public String name() {
    throw new UnsupportedOperationException("follows");
  }

  /// `0.1.0`, `0.2.0` or `0.2.1`, by the export marker.
  public String abiVersion() {
    throw new UnsupportedOperationException("follows");
  }

  /// Lower-case hex digest of the bytes.
  public String sha256() {
    throw new UnsupportedOperationException("follows");
  }

  /// Names of functions that the compiler refused: they are interpreted, a hundred times slower.
  public List<String> interpretedFunctions() {
    throw new UnsupportedOperationException("follows");
  }

  /// Names of functions too large for the JIT unless the JVM runs with
  /// `-XX:-DontCompileHugeMethods`.
  public List<String> hugeFunctions() {
    throw new UnsupportedOperationException("follows");
  }
}
