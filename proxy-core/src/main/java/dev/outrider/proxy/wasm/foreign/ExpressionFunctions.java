package dev.outrider.proxy.wasm.foreign;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.ForeignCall;
import dev.outrider.proxywasm.host.WasmResult;

/// `expr_create`, `expr_evaluate`, `expr_delete`. Expressions belong to the plugin whose callback
/// runs, and read what its running context can read.
///
/// This class must not name a class of CEL: it is loaded without any expression.
final class ExpressionFunctions {
  private ExpressionFunctions() {}

  static WasmResult create(ForeignCall call, ByteSink result) {
    if (call.length() == 0) {
      return WasmResult.BAD_ARGUMENT;
    }
    var text = new String(call.array(), call.offset(), call.length(), UTF_8);
    return EnvoyFunctions.stateOf(call.running().plugin()).expressions().create(text, result);
  }

  static WasmResult evaluate(ForeignCall call, ByteSink result) {
    if (call.length() != Integer.BYTES) {
      return WasmResult.BAD_ARGUMENT;
    }
    var known = EnvoyFunctions.stateOf(call.running().plugin()).knownExpressions();
    return known == null
        ? WasmResult.NOT_FOUND
        : known.evaluate(token(call), EnvoyFunctions.infoOf(call.running()), result);
  }

  static WasmResult delete(ForeignCall call, ByteSink result) {
    if (call.length() != Integer.BYTES) {
      return WasmResult.BAD_ARGUMENT;
    }
    var known = EnvoyFunctions.stateOf(call.running().plugin()).knownExpressions();
    if (known != null) {
      known.delete(token(call));
    }
    return WasmResult.OK;
  }

  /// Little-endian.
  private static int token(ForeignCall call) {
    var token = 0;
    for (var i = Integer.BYTES - 1; i >= 0; i--) {
      token = (token << 8) | (call.array()[call.offset() + i] & 0xff);
    }
    return token;
  }
}
