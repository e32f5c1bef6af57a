package dev.outrider.proxywasm.imports;

import static java.nio.charset.StandardCharsets.UTF_16LE;

/// What language run times import beside the ABI: Emscripten's leftovers and AssemblyScript's abort
/// (ABI reference 1.2).
final class RuntimeImports {
  private RuntimeImports() {}

  static void register(ImportTable table) {
    table.env("pthread_equal", "ii:i", (_, args) -> (int) args[0] == (int) args[1] ? 1 : 0);
    table.env("emscripten_notify_memory_growth", "i:", (_, _) -> 0);
    table.env("abort", "iiii:", RuntimeImports::abort);
  }

  private static int abort(HostCall call, long[] args) {
    var message = assemblyScriptText(call, (int) args[0]);
    var file = assemblyScriptText(call, (int) args[1]);
    throw new GuestAbortException(
        "abort: %s at %s:%d:%d".formatted(message, file, (int) args[2], (int) args[3]));
  }

  /// UTF-16 with its byte length in front; empty if the pointer is null or bad.
  private static String assemblyScriptText(HostCall call, int ptr) {
    var memory = call.memory();
    long length = ptr == 0 ? -1 : memory.readU32(ptr - Integer.BYTES);
    return length < 0 || length > 4096 || !memory.inRange(ptr, (int) length)
        ? ""
        : new String(memory.array(), ptr, (int) length, UTF_16LE);
  }
}
