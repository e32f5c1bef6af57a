package dev.outrider.proxywasm.imports;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.engine.StackReserve;
import dev.outrider.proxywasm.host.GuestLimit;
import dev.outrider.proxywasm.host.WasmResult;

/// Queues between VMs (ABI reference 3.11).
final class SharedQueueImports {
  private SharedQueueImports() {}

  static void register(ImportTable table) {
    table.proxy("register_shared_queue", "iii", SharedQueueImports::register);
    table.proxy("resolve_shared_queue", "iiiii", SharedQueueImports::resolve);
    table.proxy("enqueue_shared_queue", "iii", SharedQueueImports::enqueue);
    table.proxy("dequeue_shared_queue", "iii", SharedQueueImports::dequeue);
  }

  private static WasmResult register(HostCall call, long[] args) {
    var memory = call.memory();
    int tokenAt = (int) args[2];
    if (!memory.inRange((int) args[0], (int) args[1]) || !memory.inRange(tokenAt, Integer.BYTES)) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    StackReserve.require();
    int token =
        call.sharedQueues()
            .register(memory.array(), (int) args[0], (int) args[1], call.plugin().host());
    if (token == 0) {
      full(call, "proxy_register_shared_queue answers INTERNAL_FAILURE");
      return WasmResult.INTERNAL_FAILURE;
    }
    return HostCall.okIf(memory.writeU32(tokenAt, token));
  }

  private static WasmResult resolve(HostCall call, long[] args) {
    var memory = call.memory();
    int tokenAt = (int) args[4];
    if (!memory.inRange((int) args[0], (int) args[1])
        || !memory.inRange((int) args[2], (int) args[3])
        || !memory.inRange(tokenAt, Integer.BYTES)) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    int length = (int) args[1];
    var vmId =
        length == 0
            ? call.facts().vmId()
            : new String(memory.array(), (int) args[0], length, UTF_8);
    int token = call.sharedQueues().resolve(vmId, memory.array(), (int) args[2], (int) args[3]);
    return token == 0 ? WasmResult.NOT_FOUND : HostCall.okIf(memory.writeU32(tokenAt, token));
  }

  private static WasmResult enqueue(HostCall call, long[] args) {
    var memory = call.memory();
    if (!memory.inRange((int) args[1], (int) args[2])) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    StackReserve.require();
    var result =
        call.sharedQueues().enqueue((int) args[0], memory.array(), (int) args[1], (int) args[2]);
    if (result == WasmResult.INTERNAL_FAILURE) {
      // The one refusal that every SDK takes from this function (ABI reference 8).
      full(call, "proxy_enqueue_shared_queue answers NOT_FOUND");
      return WasmResult.NOT_FOUND;
    }
    return result;
  }

  private static void full(HostCall call, String answer) {
    call.refuse(
        GuestLimit.SHARED_QUEUE,
        answer + ": the shared queues of the vm_id are full (limit shared_queue_bytes)");
  }

  /// The pointers are checked first, so that a bad one loses no item.
  private static WasmResult dequeue(HostCall call, long[] args) {
    var memory = call.memory();
    if (!memory.inRange((int) args[1], Integer.BYTES)
        || !memory.inRange((int) args[2], Integer.BYTES)) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    StackReserve.require();
    var sink = call.pairTo((int) args[1], (int) args[2]);
    return sink.outcome(call.sharedQueues().dequeue((int) args[0], sink));
  }
}
