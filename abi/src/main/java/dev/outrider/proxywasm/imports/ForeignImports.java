package dev.outrider.proxywasm.imports;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.host.WasmResult;

/// `proxy_call_foreign_function` (ABI reference 3.13).
final class ForeignImports {
  private ForeignImports() {}

  static void register(ImportTable table) {
    table.proxy("call_foreign_function", "iiiiii", ForeignImports::call);
  }

  private static WasmResult call(HostCall call, long[] args) {
    var memory = call.memory();
    if (!memory.inRange((int) args[0], (int) args[1])
        || !memory.inRange((int) args[2], (int) args[3])) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    var name = new String(memory.array(), (int) args[0], (int) args[1], UTF_8);
    if (name.equals("clear_route_cache")) {
      return StreamImports.clearRouteCache(call);
    }
    var function = call.services().foreignFunctions().find(name);
    if (function == null) {
      return WasmResult.NOT_FOUND;
    }
    boolean wantsResult = (int) args[4] != 0 && (int) args[5] != 0;
    var host = call.plugin().host();
    if (!wantsResult) {
      return function.call(host, memory.array(), (int) args[2], (int) args[3], (_, _, _) -> {});
    }
    var sink = call.pairTo((int) args[4], (int) args[5]);
    return sink.outcome(function.call(host, memory.array(), (int) args[2], (int) args[3], sink));
  }
}
