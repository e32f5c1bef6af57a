package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.engine.FunctionImport;
import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.host.WasmResult;

/// Stands in for a function that a VM may not call: says so in the log, the first time, and answers
/// the status or error number for it (ABI reference 4, capability restriction). One per VM and
/// function.
final class DeniedFunction implements HostFunction {
  private final String remark;
  private final int answer;
  private boolean said;

  private DeniedFunction(String remark, int answer) {
    this.remark = remark;
    this.answer = answer;
  }

  static DeniedFunction of(FunctionImport wanted) {
    boolean proxy = wanted.module().equals("env");
    return new DeniedFunction(
        "Attempted call to restricted %s capability: %s"
            .formatted(proxy ? "proxy-wasm" : "WASI", wanted.name()),
        proxy ? WasmResult.INTERNAL_FAILURE.code() : WasiErrno.NOT_CAPABLE);
  }

  @Override
  public int call(HostCall call, long[] args) {
    if (!said) {
      said = true;
      call.remark(LogLevel.ERROR, remark);
    }
    return answer;
  }
}
