package dev.outrider.proxywasm.imports;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.guest.GuestMemory;
import dev.outrider.proxywasm.host.GrpcTarget;
import dev.outrider.proxywasm.host.HeaderList;
import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.host.WasmResult;
import org.jspecify.annotations.Nullable;

/// gRPC calls and streams (ABI reference 3.9). They always belong to the plugin, whatever stream
/// asked for them.
///
/// Statuses are chosen from those that the Rust SDK does not panic on: PARSE_FAILURE and
/// INTERNAL_FAILURE of what starts a call, BAD_ARGUMENT and NOT_FOUND of `grpc_send`, NOT_FOUND of
/// the other two.
final class GrpcImports {
  /// The parameters of modules from before there was metadata.
  private static final String CALL_WITHOUT_METADATA = "iiiiiiiiii";

  private GrpcImports() {}

  static void register(ImportTable table) {
    table.proxy("grpc_call", CALL_WITHOUT_METADATA, GrpcImports::call);
    table.proxy("grpc_call", "iiiiiiiiiiii", GrpcImports::call);
    table.proxy("grpc_stream", "iiiiiiiii", GrpcImports::open);
    table.proxy("grpc_send", "iiii", GrpcImports::send);
    table.proxy("grpc_cancel", "i", GrpcImports::cancel);
    table.proxy("grpc_close", "i", GrpcImports::close);
  }

  private static WasmResult call(HostCall call, long[] args) {
    boolean hasMetadata = args.length > CALL_WITHOUT_METADATA.length();
    int end = args.length;
    int message = (int) args[end - 4];
    int messageLength = (int) args[end - 3];
    long timeoutMillis = Integer.toUnsignedLong((int) args[end - 2]);
    int tokenAt = (int) args[end - 1];
    int metadata = hasMetadata ? (int) args[6] : 0;
    int metadataLength = hasMetadata ? (int) args[7] : 0;
    var memory = call.memory();
    if (!targetInRange(memory, args, metadata, metadataLength)
        || !memory.inRange(message, messageLength)
        || !memory.writeU32(tokenAt, 0)) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    var target = target(call, args, metadata, metadataLength);
    if (target == null) {
      return WasmResult.PARSE_FAILURE;
    }
    long bytes = (long) messageLength + target.metadata().byteSize();
    if (!CalloutBudget.allows(call, bytes)) {
      return WasmResult.INTERNAL_FAILURE;
    }
    var plugin = call.plugin();
    int token = call.callouts().newToken(CalloutKind.GRPC_CALL);
    var payload = StreamImports.bytes(memory, message, messageLength);
    var result = call.services().grpc().call(plugin.host(), token, target, payload, timeoutMillis);
    return started(call, token, bytes, result, tokenAt);
  }

  private static WasmResult open(HostCall call, long[] args) {
    int tokenAt = (int) args[8];
    var memory = call.memory();
    if (!targetInRange(memory, args, (int) args[6], (int) args[7])
        || !memory.writeU32(tokenAt, 0)) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    var target = target(call, args, (int) args[6], (int) args[7]);
    if (target == null) {
      return WasmResult.PARSE_FAILURE;
    }
    int bytes = target.metadata().byteSize();
    if (!CalloutBudget.allows(call, bytes)) {
      return WasmResult.INTERNAL_FAILURE;
    }
    int token = call.callouts().newToken(CalloutKind.GRPC_STREAM);
    var result = call.services().grpc().open(call.plugin().host(), token, target);
    return started(call, token, bytes, result, tokenAt);
  }

  private static boolean targetInRange(
      GuestMemory memory, long[] args, int metadata, int metadataLength) {
    return memory.inRange((int) args[0], (int) args[1])
        && memory.inRange((int) args[2], (int) args[3])
        && memory.inRange((int) args[4], (int) args[5])
        && memory.inRange(metadata, metadataLength);
  }

  /// Null, with a word in the log, if it cannot be called.
  private static @Nullable GrpcTarget target(
      HostCall call, long[] args, int metadata, int metadataLength) {
    var memory = call.memory();
    HeaderList pairs = PairImports.copy(call, metadata, metadataLength);
    if (pairs == null) {
      return null;
    }
    if (!isName(memory, (int) args[2], (int) args[3])
        || !isName(memory, (int) args[4], (int) args[5])) {
      call.remark(LogLevel.WARN, "gRPC call refused: no service or method has a name like that");
      return null;
    }
    return new GrpcTarget(
        StreamImports.bytes(memory, (int) args[0], (int) args[1]),
        new String(memory.array(), (int) args[2], (int) args[3], UTF_8),
        new String(memory.array(), (int) args[4], (int) args[5], UTF_8),
        pairs);
  }

  /// Whether it may stand in a path.
  private static boolean isName(GuestMemory memory, int ptr, int length) {
    var bytes = memory.array();
    for (int i = ptr; i < ptr + length; i++) {
      if (bytes[i] <= ' ' || bytes[i] == 0x7f) {
        return false;
      }
    }
    return length > 0;
  }

  private static WasmResult started(
      HostCall call, int token, long bytes, WasmResult result, int tokenAt) {
    if (result != WasmResult.OK) {
      return result;
    }
    call.callouts().started(token, call.plugin(), bytes);
    return HostCall.okIf(call.memory().writeU32(tokenAt, token));
  }

  /// On a stream that has ended, or whose sending side has, nothing is sent and all is well: the
  /// guest may not have heard yet.
  private static WasmResult send(HostCall call, long[] args) {
    int token = (int) args[0];
    int length = (int) args[2];
    var memory = call.memory();
    if (!memory.inRange((int) args[1], length)) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    if (CalloutKind.of(token) != CalloutKind.GRPC_STREAM) {
      return WasmResult.BAD_ARGUMENT;
    }
    var plugin = call.plugin();
    var stream = call.callouts().find(plugin, token);
    if (stream == null) {
      return call.callouts().isFinished(plugin, token) ? WasmResult.OK : WasmResult.NOT_FOUND;
    }
    if (stream.halfClosed) {
      return WasmResult.OK;
    }
    if (!CalloutBudget.allowsBytes(call, length)) {
      return WasmResult.BAD_ARGUMENT;
    }
    boolean end = args[3] != 0;
    stream.halfClosed = end;
    var message = StreamImports.bytes(memory, (int) args[1], length);
    call.services().grpc().send(plugin.host(), token, message, end);
    return WasmResult.OK;
  }

  /// A call is over without a callback.
  private static WasmResult cancel(HostCall call, long[] args) {
    int token = (int) args[0];
    if (!isGrpc(token)) {
      return WasmResult.BAD_ARGUMENT;
    }
    var plugin = call.plugin();
    if (call.callouts().remove(plugin, token)) {
      call.services().grpc().cancel(plugin.host(), token);
      return WasmResult.OK;
    }
    return call.callouts().forget(plugin, token) ? WasmResult.OK : WasmResult.NOT_FOUND;
  }

  /// Of a call: the same as cancelling it. Of a stream: no more messages go out.
  private static WasmResult close(HostCall call, long[] args) {
    int token = (int) args[0];
    var plugin = call.plugin();
    var stream =
        CalloutKind.of(token) == CalloutKind.GRPC_STREAM
            ? call.callouts().find(plugin, token)
            : null;
    if (stream == null) {
      return cancel(call, args);
    }
    if (!stream.halfClosed) {
      stream.halfClosed = true;
      call.services().grpc().close(plugin.host(), token);
    }
    return WasmResult.OK;
  }

  private static boolean isGrpc(int token) {
    var kind = CalloutKind.of(token);
    return kind == CalloutKind.GRPC_CALL || kind == CalloutKind.GRPC_STREAM;
  }
}
