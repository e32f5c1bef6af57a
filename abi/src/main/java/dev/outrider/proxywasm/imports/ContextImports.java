package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.host.WasmResult;

/// Which context a call acts on, its timer and its end (ABI reference 3.4, 3.13).
final class ContextImports {
  private ContextImports() {}

  static void register(ImportTable table) {
    table.proxy("set_effective_context", "i", ContextImports::setEffectiveContext);
    table.proxy("done", "", ContextImports::done);
    table.proxy("set_tick_period_milliseconds", "i", ContextImports::setTickPeriod);
    table.proxy("get_current_time_nanoseconds", "i", ContextImports::currentTime);
    table.proxy("get_status", "iii", ContextImports::status);
  }

  private static WasmResult setEffectiveContext(HostCall call, long[] args) {
    return call.actOn((int) args[0]) ? WasmResult.OK : WasmResult.BAD_ARGUMENT;
  }

  private static WasmResult done(HostCall call, long[] args) {
    var plugin = call.plugin();
    if (!plugin.done()) {
      return WasmResult.NOT_FOUND;
    }
    call.queue(plugin);
    return WasmResult.OK;
  }

  private static WasmResult setTickPeriod(HostCall call, long[] args) {
    long millis = Integer.toUnsignedLong((int) args[0]);
    var plugin = call.plugin();
    plugin.tickMillis(millis);
    if (millis == 0) {
      call.services().timers().disarm(plugin.host());
    } else {
      call.services().timers().arm(plugin.host(), millis);
    }
    return WasmResult.OK;
  }

  private static WasmResult currentTime(HostCall call, long[] args) {
    long now = call.services().clock().realtimeNanos();
    return HostCall.okIf(call.memory().writeU64((int) args[0], now));
  }

  private static WasmResult status(HostCall call, long[] args) {
    var plugin = call.plugin();
    var message = plugin.statusMessage();
    var memory = call.memory();
    return HostCall.okIf(
        memory.inRange((int) args[0], Integer.BYTES)
            && memory.writePair((int) args[1], (int) args[2], message, 0, message.length)
            && memory.writeU32((int) args[0], plugin.statusCode()));
  }
}
