package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.host.WasmResult;

/// One `proxy_*` function: it answers with a status.
@FunctionalInterface
interface ProxyFunction {
  /// Runs inside the guest's call.
  ///
  /// @param args one slot per parameter, i32 in the low half; borrowed
  WasmResult call(HostCall call, long[] args);
}
