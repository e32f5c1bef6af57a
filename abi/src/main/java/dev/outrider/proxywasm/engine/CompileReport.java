package dev.outrider.proxywasm.engine;

import java.util.List;

/// What compiling a module came to; for logs and metrics.
///
/// `interpreted` names functions too large for a JVM method: they run in the interpreter, a hundred
/// times slower. `huge` names functions above 8,000 bytes of JVM code, which the JIT compiles only
/// under `-XX:-DontCompileHugeMethods`. Sizes are bytes; pages are 64 KiB. `cache` says what became
/// of the disk cache: `off`, `hit`, `stored`, or `failed: ` and why.
public record CompileReport(
    int functions,
    List<String> interpreted,
    List<String> huge,
    int wasmBytes,
    int classBytes,
    int initialPages,
    String cache) {
  public CompileReport {
    interpreted = List.copyOf(interpreted);
    huge = List.copyOf(huge);
  }
}
