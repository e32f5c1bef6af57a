package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.host.BodyAccess;
import dev.outrider.proxywasm.host.BufferKind;
import dev.outrider.proxywasm.host.WasmResult;
import org.jspecify.annotations.Nullable;

/// Bodies, bytes of connections, callout answers and configurations as buffers (ABI reference 3.5).
final class BufferImports {
  private BufferImports() {}

  static void register(ImportTable table) {
    table.proxy("get_buffer_bytes", "iiiii", BufferImports::get);
    table.proxy("get_buffer_status", "iii", BufferImports::status);
    table.proxy("set_buffer_bytes", "iiiii", BufferImports::set);
    table.proxy("get_configuration", "ii", BufferImports::configuration);
  }

  /// The bytes of a buffer that is an array, if it is one and may be read now.
  private static byte @Nullable [] array(HostCall call, BufferKind kind) {
    return switch (kind) {
      case VM_CONFIGURATION -> call.facts().configuration();
      case PLUGIN_CONFIGURATION -> call.plugin().readableConfiguration();
      case GRPC_CALL_MESSAGE -> call.plugin().grpcMessage();
      default -> null;
    };
  }

  /// A body that may be read now. A body that is shown but has no bytes is null too: see
  /// [#isShown].
  private static @Nullable BodyAccess body(HostCall call, BufferKind kind) {
    return switch (kind) {
      case REQUEST_BODY, RESPONSE_BODY -> {
        var stream = call.stream();
        yield stream == null ? null : stream.body(kind);
      }
      case DOWNSTREAM_DATA, UPSTREAM_DATA -> {
        var network = call.network();
        yield network == null ? null : network.data(kind);
      }
      case HTTP_CALL_RESPONSE_BODY -> {
        var response = call.plugin().calloutResponse();
        yield response == null ? null : response.body();
      }
      default -> null;
    };
  }

  /// Whether a body without bytes is an empty buffer rather than none. As in Envoy, the bodies of
  /// an exchange and the bytes of a connection are that even where they are not shown.
  private static boolean isShown(HostCall call, BufferKind kind) {
    return switch (kind) {
      case REQUEST_BODY, RESPONSE_BODY, DOWNSTREAM_DATA, UPSTREAM_DATA -> true;
      case HTTP_CALL_RESPONSE_BODY -> call.plugin().calloutResponse() != null;
      default -> false;
    };
  }

  /// Bytes in the buffer, -1 if it may not be read now.
  private static int length(HostCall call, BufferKind kind) {
    var array = array(call, kind);
    if (array != null) {
      return array.length;
    }
    var body = body(call, kind);
    if (body != null) {
      return body.length();
    }
    return isShown(call, kind) ? 0 : -1;
  }

  private static WasmResult get(HostCall call, long[] args) {
    var kind = BufferKind.of((int) args[0]);
    if (kind == null) {
      return WasmResult.BAD_ARGUMENT;
    }
    int length = length(call, kind);
    if (length < 0) {
      return WasmResult.NOT_FOUND;
    }
    long start = Math.min(Integer.toUnsignedLong((int) args[1]), length);
    long size = Math.min(Integer.toUnsignedLong((int) args[2]), length - start);
    int block = call.memory().reservePair((int) args[3], (int) args[4], (int) size);
    if (block > 0) {
      copy(call, kind, (int) start, (int) size, block);
    }
    return HostCall.okIf(block >= 0);
  }

  private static void copy(HostCall call, BufferKind kind, int start, int size, int block) {
    var target = call.memory().array();
    var array = array(call, kind);
    var body = array == null ? body(call, kind) : null;
    if (array != null) {
      System.arraycopy(array, start, target, block, size);
    } else if (body != null) {
      body.copyOut(start, size, target, block);
    }
  }

  private static WasmResult status(HostCall call, long[] args) {
    var kind = BufferKind.of((int) args[0]);
    if (kind == null) {
      return WasmResult.BAD_ARGUMENT;
    }
    int length = length(call, kind);
    if (length < 0) {
      return WasmResult.NOT_FOUND;
    }
    var memory = call.memory();
    return HostCall.okIf(
        memory.inRange((int) args[2], Integer.BYTES)
            && memory.writeU32((int) args[1], length)
            && memory.writeU32((int) args[2], 0));
  }

  /// Replaces a range. Envoy knows only start 0 (replace the head, or prepend) and start past the
  /// end (append); the middle is a superset.
  private static WasmResult set(HostCall call, long[] args) {
    var kind = BufferKind.of((int) args[0]);
    if (kind == null) {
      return WasmResult.BAD_ARGUMENT;
    }
    int data = (int) args[3];
    int dataLength = (int) args[4];
    if (!call.memory().inRange(data, dataLength)) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    var body =
        switch (kind) {
          case REQUEST_BODY, RESPONSE_BODY, DOWNSTREAM_DATA, UPSTREAM_DATA -> body(call, kind);
          default -> null;
        };
    if (body == null) {
      return WasmResult.BAD_ARGUMENT;
    }
    int length = body.length();
    long start = Math.min(Integer.toUnsignedLong((int) args[1]), length);
    long size = Math.min(Integer.toUnsignedLong((int) args[2]), length - start);
    if (!call.accepts((int) Math.min(0xffff_ffffL, length - size + dataLength))) {
      return WasmResult.BAD_ARGUMENT;
    }
    body.replace((int) start, (int) size, call.memory().array(), data, dataLength);
    return WasmResult.OK;
  }

  /// ABI 0.1.0: the plugin's configuration where it may be read, else the VM's.
  private static WasmResult configuration(HostCall call, long[] args) {
    var plugin = call.plugin().readableConfiguration();
    var bytes = plugin != null ? plugin : call.facts().configuration();
    return HostCall.okIf(
        call.memory().writePair((int) args[0], (int) args[1], bytes, 0, bytes.length));
  }
}
