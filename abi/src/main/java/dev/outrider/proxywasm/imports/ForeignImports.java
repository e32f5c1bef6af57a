package dev.outrider.proxywasm.imports;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.host.ForeignCall;
import dev.outrider.proxywasm.host.PluginHost;
import dev.outrider.proxywasm.host.WasmResult;
import org.jspecify.annotations.Nullable;

/// `proxy_call_foreign_function` (ABI reference 3.13).
final class ForeignImports {
  private ForeignImports() {}

  static void register(ImportTable table) {
    table.proxy("call_foreign_function", "iiiiii", ForeignImports::call);
  }

  private static WasmResult call(HostCall call, long[] args) {
    var memory = call.memory();
    if (!memory.inRange((int) args[0], (int) args[1])
        || !memory.inRange((int) args[2], (int) args[3])
        || !call.accepts((int) args[1])
        || !call.accepts((int) args[3])) {
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
    var foreign =
        new ForeignCall(
            memory.array(),
            (int) args[2],
            (int) args[3],
            context(call.plugin().host(), call.scope()),
            context(call.running().plugin().host(), call.running()));
    boolean wantsResult = (int) args[4] != 0 && (int) args[5] != 0;
    if (!wantsResult) {
      return function.call(foreign, (_, _, _) -> {});
    }
    var sink = call.pairTo((int) args[4], (int) args[5]);
    return sink.outcome(function.call(foreign, sink));
  }

  private static ForeignCall.Context context(PluginHost plugin, @Nullable ContextScope scope) {
    return new ForeignCall.Context(
        plugin,
        scope instanceof StreamScope stream ? stream.host() : null,
        scope instanceof NetworkScope connection ? connection.host() : null);
  }
}
