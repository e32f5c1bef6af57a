package dev.outrider.proxywasm.imports;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.guest.GuestMemory;
import dev.outrider.proxywasm.host.GuestReply;
import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.host.StreamKind;
import dev.outrider.proxywasm.host.WasmResult;

/// What a guest does to the flow of an exchange or a connection: continue, close, answer (ABI
/// reference 3.7). All of it happens after the guest has left the stack.
final class StreamImports {
  private StreamImports() {}

  static void register(ImportTable table) {
    table.proxy("continue_stream", "i", StreamImports::resume);
    table.proxy("continue_request", "", (call, _) -> resume(call, StreamKind.REQUEST));
    table.proxy("continue_response", "", (call, _) -> resume(call, StreamKind.RESPONSE));
    table.proxy("close_stream", "i", StreamImports::close);
    table.proxy("clear_route_cache", "", (call, _) -> clearRouteCache(call));
    table.proxy("send_local_response", "iiiiiiii", StreamImports::reply);
  }

  private static WasmResult resume(HostCall call, long[] args) {
    var direction = StreamKind.of((int) args[0]);
    if (direction == null) {
      return WasmResult.BAD_ARGUMENT;
    }
    return resume(call, direction);
  }

  /// OK even if nothing is paused: then it is nothing.
  private static WasmResult resume(HostCall call, StreamKind direction) {
    if (direction == StreamKind.UPSTREAM) {
      return WasmResult.UNIMPLEMENTED;
    }
    var stream = call.stream();
    var network = call.network();
    if (stream != null && direction != StreamKind.DOWNSTREAM) {
      stream.resume(direction);
      call.queue(stream);
    } else if (network != null && direction == StreamKind.DOWNSTREAM) {
      network.resume();
      call.queue(network);
    }
    return WasmResult.OK;
  }

  private static WasmResult close(HostCall call, long[] args) {
    var direction = StreamKind.of((int) args[0]);
    if (direction == null) {
      return WasmResult.BAD_ARGUMENT;
    }
    var stream = call.stream();
    var network = call.network();
    boolean ofConnection = direction == StreamKind.DOWNSTREAM || direction == StreamKind.UPSTREAM;
    if (stream != null && !ofConnection) {
      stream.close(direction);
      call.queue(stream);
    } else if (network != null && ofConnection) {
      network.close(direction);
      call.queue(network);
    }
    return WasmResult.OK;
  }

  static WasmResult clearRouteCache(HostCall call) {
    var stream = call.stream();
    if (stream != null) {
      stream.host().clearRouteCache();
    }
    return WasmResult.OK;
  }

  /// Outside a stream Envoy answers OK and does nothing; here the log says so, since the request
  /// that was meant hangs.
  private static WasmResult reply(HostCall call, long[] args) {
    var memory = call.memory();
    if (!memory.inRange((int) args[1], (int) args[2])
        || !memory.inRange((int) args[3], (int) args[4])
        || !memory.inRange((int) args[5], (int) args[6])) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    if (!call.accepts((int) args[2]) || !call.accepts((int) args[4])) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    var headers = PairImports.copy(call, (int) args[5], (int) args[6]);
    if (headers == null) {
      return WasmResult.BAD_ARGUMENT;
    }
    var stream = call.stream();
    if (stream == null) {
      call.remark(
          LogLevel.WARN,
          "proxy_send_local_response outside a stream does nothing: call"
              + " proxy_set_effective_context first");
      return WasmResult.OK;
    }
    int grpcStatus = (int) args[7];
    stream.reply(
        new GuestReply(
            (int) args[0],
            details(memory, (int) args[1], (int) args[2]),
            bytes(memory, (int) args[3], (int) args[4]),
            headers,
            grpcStatus >= 0 && grpcStatus <= 16 ? grpcStatus : -1));
    call.queue(stream);
    return WasmResult.OK;
  }

  static byte[] bytes(GuestMemory memory, int ptr, int length) {
    var copy = new byte[length];
    var _ = memory.copyOut(ptr, copy, 0, length);
    return copy;
  }

  /// A token of the access log: one word.
  private static String details(GuestMemory memory, int ptr, int length) {
    var copy = bytes(memory, ptr, length);
    for (int i = 0; i < length; i++) {
      copy[i] = copy[i] >= 0 && copy[i] <= ' ' ? (byte) '_' : copy[i];
    }
    return new String(copy, UTF_8);
  }
}
