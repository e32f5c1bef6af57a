package dev.outrider.proxywasm.imports;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.host.HeaderList;
import dev.outrider.proxywasm.host.HttpCallout;
import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.host.WasmResult;

/// `proxy_http_call` (ABI reference 3.8). The request always belongs to the plugin, whatever stream
/// asked for it.
final class CalloutImports {
  private CalloutImports() {}

  static void register(ImportTable table) {
    table.proxy("http_call", "iiiiiiiiii", CalloutImports::httpCall);
  }

  private static WasmResult httpCall(HostCall call, long[] args) {
    var memory = call.memory();
    int tokenAt = (int) args[9];
    if (!memory.inRange((int) args[0], (int) args[1])
        || !memory.inRange((int) args[2], (int) args[3])
        || !memory.inRange((int) args[4], (int) args[5])
        || !memory.inRange((int) args[6], (int) args[7])
        || !memory.writeU32(tokenAt, 0)) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    var headers = PairImports.copy(call, (int) args[2], (int) args[3]);
    var trailers = PairImports.copy(call, (int) args[6], (int) args[7]);
    int timeoutMillis = (int) args[8];
    if (headers == null || trailers == null || timeoutMillis < 0) {
      return WasmResult.BAD_ARGUMENT;
    }
    var upstream = new String(StreamImports.bytes(memory, (int) args[0], (int) args[1]), UTF_8);
    if (!isRequest(call, headers, upstream)) {
      return WasmResult.BAD_ARGUMENT;
    }
    long bytes = (long) (int) args[5] + headers.byteSize() + trailers.byteSize();
    if (!CalloutBudget.allows(call, bytes)) {
      return WasmResult.INTERNAL_FAILURE;
    }
    var body = StreamImports.bytes(memory, (int) args[4], (int) args[5]);
    var request = new HttpCallout(upstream, headers, body, trailers, timeoutMillis);
    return start(call, request, bytes, tokenAt);
  }

  private static boolean isRequest(HostCall call, HeaderList headers, String upstream) {
    for (var needed : new String[] {":method", ":path", ":authority"}) {
      if (headers.first(needed) == null) {
        call.remark(LogLevel.WARN, "proxy_http_call to '" + upstream + "' refused: no " + needed);
        return false;
      }
    }
    return true;
  }

  private static WasmResult start(HostCall call, HttpCallout request, long bytes, int tokenAt) {
    var plugin = call.plugin();
    int token = call.callouts().newToken(CalloutKind.HTTP_CALL);
    var result = call.services().callouts().start(plugin.host(), token, request);
    if (result == WasmResult.OK) {
      call.callouts().started(token, plugin, bytes);
      return HostCall.okIf(call.memory().writeU32(tokenAt, token));
    }
    return result;
  }
}
