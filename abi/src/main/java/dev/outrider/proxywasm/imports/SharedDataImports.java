package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.engine.StackReserve;
import dev.outrider.proxywasm.host.GuestLimit;
import dev.outrider.proxywasm.host.WasmResult;

/// The key-value space that VMs with the same `vm_id` share (ABI reference 3.10).
final class SharedDataImports {
  private SharedDataImports() {}

  static void register(ImportTable table) {
    table.proxy("get_shared_data", "iiiii", SharedDataImports::get);
    table.proxy("set_shared_data", "iiiii", SharedDataImports::set);
  }

  private static WasmResult get(HostCall call, long[] args) {
    var memory = call.memory();
    int casAt = (int) args[4];
    if (!memory.inRange((int) args[0], (int) args[1]) || !memory.inRange(casAt, Integer.BYTES)) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    var sink = call.pairTo((int) args[2], (int) args[3]);
    int cas = call.sharedData().get(memory.array(), (int) args[0], (int) args[1], sink);
    if (cas == 0) {
      return WasmResult.NOT_FOUND;
    }
    var outcome = sink.outcome(WasmResult.OK);
    return outcome == WasmResult.OK ? HostCall.okIf(memory.writeU32(casAt, cas)) : outcome;
  }

  private static WasmResult set(HostCall call, long[] args) {
    var memory = call.memory();
    if (!memory.inRange((int) args[0], (int) args[1])
        || !memory.inRange((int) args[2], (int) args[3])) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    StackReserve.require();
    var bytes = memory.array();
    var result =
        call.sharedData()
            .set(
                bytes,
                (int) args[0],
                (int) args[1],
                bytes,
                (int) args[2],
                (int) args[3],
                (int) args[4]);
    return result == WasmResult.INTERNAL_FAILURE ? full(call) : result;
  }

  /// The one refusal that every SDK takes from this function (ABI reference 8).
  private static WasmResult full(HostCall call) {
    call.refuse(
        GuestLimit.SHARED_DATA,
        "proxy_set_shared_data answers CAS_MISMATCH: the shared data of the vm_id is full (limit"
            + " shared_data_bytes)");
    return WasmResult.CAS_MISMATCH;
  }
}
