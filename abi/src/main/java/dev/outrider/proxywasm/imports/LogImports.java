package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.host.WasmResult;

/// `proxy_log` and `proxy_get_log_level` (ABI reference 3.4).
final class LogImports {
  private LogImports() {}

  static void register(ImportTable table) {
    table.proxyAnyTime("log", "iii", LogImports::log);
    table.proxy("get_log_level", "i", LogImports::level);
  }

  private static WasmResult log(HostCall call, long[] args) {
    var level = LogLevel.of((int) args[0]);
    if (level == null) {
      return WasmResult.BAD_ARGUMENT;
    }
    int text = (int) args[1];
    int length = (int) args[2];
    if (!call.memory().inRange(text, length)) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    call.log(level, call.memory().array(), text, length);
    return WasmResult.OK;
  }

  private static WasmResult level(HostCall call, long[] args) {
    return HostCall.okIf(call.memory().writeU32((int) args[0], call.services().log().threshold()));
  }
}
