package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.host.HeaderAccess;
import dev.outrider.proxywasm.host.HeaderMapKind;
import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.host.WasmResult;
import org.jspecify.annotations.Nullable;

/// Single fields of header maps (ABI reference 3.6).
final class HeaderImports {
  private static final byte[] EMPTY = {};

  private HeaderImports() {}

  static void register(ImportTable table) {
    table.proxy("get_header_map_size", "ii", HeaderImports::size);
    table.proxy("get_header_map_value", "iiiii", HeaderImports::value);
    table.proxy("add_header_map_value", "iiiii", HeaderImports::add);
    table.proxy("replace_header_map_value", "iiiii", HeaderImports::replace);
    table.proxy("remove_header_map_value", "iii", HeaderImports::remove);
  }

  /// The map if the guest may read it now.
  static @Nullable HeaderAccess readable(HostCall call, HeaderMapKind kind) {
    return switch (kind) {
      case REQUEST_HEADERS, REQUEST_TRAILERS, RESPONSE_HEADERS, RESPONSE_TRAILERS -> {
        var stream = call.stream();
        yield stream == null ? null : stream.readable(kind);
      }
      case HTTP_CALL_RESPONSE_HEADERS -> {
        var response = call.plugin().calloutResponse();
        yield response == null ? null : response.headers();
      }
      case HTTP_CALL_RESPONSE_TRAILERS -> {
        var response = call.plugin().calloutResponse();
        yield response == null ? null : response.trailers();
      }
      case GRPC_CALL_INITIAL_METADATA, GRPC_CALL_TRAILING_METADATA ->
          call.plugin().grpcMetadata(kind);
    };
  }

  /// The map if the guest may write it now.
  static @Nullable HeaderAccess writable(HostCall call, HeaderMapKind kind) {
    var stream = call.stream();
    return stream == null || kind.code() > HeaderMapKind.RESPONSE_TRAILERS.code()
        ? null
        : stream.writable(kind);
  }

  /// Any write to the request headers makes the host choose the route anew.
  static void written(HostCall call, HeaderMapKind kind) {
    var stream = call.stream();
    if (kind == HeaderMapKind.REQUEST_HEADERS && stream != null) {
      stream.host().clearRouteCache();
    }
  }

  /// Bytes of all names and values, as Envoy counts. Asking makes missing trailers where a write
  /// would.
  private static WasmResult size(HostCall call, long[] args) {
    var kind = HeaderMapKind.of((int) args[0]);
    if (kind == null) {
      return WasmResult.BAD_ARGUMENT;
    }
    var shown = readable(call, kind);
    var map = shown != null ? shown : writable(call, kind);
    if (map == null) {
      return WasmResult.BAD_ARGUMENT;
    }
    return HostCall.okIf(call.memory().writeU32((int) args[1], map.byteSize()));
  }

  private static WasmResult value(HostCall call, long[] args) {
    var kind = HeaderMapKind.of((int) args[0]);
    if (kind == null) {
      return WasmResult.BAD_ARGUMENT;
    }
    int key = (int) args[1];
    int keyLength = (int) args[2];
    if (!call.memory().inRange(key, keyLength)) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    var map = readable(call, kind);
    if (map == null) {
      var stream = call.stream();
      return stream != null && stream.logging() ? WasmResult.NOT_FOUND : WasmResult.BAD_ARGUMENT;
    }
    var name = call.headerText();
    var sink = call.pairTo((int) args[3], (int) args[4]);
    if (name.name(call.memory().array(), key, keyLength)
        && map.get(name.array(), name.offset(), name.length(), sink)) {
      return sink.outcome(WasmResult.OK);
    }
    return call.facts().abi().missingHeaderIsEmpty()
        ? HostCall.okIf(call.memory().writePair((int) args[3], (int) args[4], EMPTY, 0, 0))
        : WasmResult.NOT_FOUND;
  }

  private static WasmResult add(HostCall call, long[] args) {
    return write(call, args, false);
  }

  private static WasmResult replace(HostCall call, long[] args) {
    return write(call, args, true);
  }

  private static WasmResult write(HostCall call, long[] args, boolean replace) {
    var kind = HeaderMapKind.of((int) args[0]);
    if (kind == null) {
      return WasmResult.BAD_ARGUMENT;
    }
    int value = (int) args[3];
    int valueLength = (int) args[4];
    var memory = call.memory();
    if (!memory.inRange((int) args[1], (int) args[2]) || !memory.inRange(value, valueLength)) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    var bytes = memory.array();
    if (!isField(call, bytes, (int) args[1], (int) args[2], value, valueLength)) {
      return WasmResult.BAD_ARGUMENT;
    }
    var map = writable(call, kind);
    if (map == null) {
      return WasmResult.BAD_ARGUMENT;
    }
    var name = call.headerText();
    boolean accepted =
        replace
            ? map.replace(name.array(), name.offset(), name.length(), bytes, value, valueLength)
            : map.add(name.array(), name.offset(), name.length(), bytes, value, valueLength);
    if (!accepted) {
      refused(call);
      return WasmResult.BAD_ARGUMENT;
    }
    written(call, kind);
    return WasmResult.OK;
  }

  /// The host cannot have the field named in [HostCall#headerText].
  static void refused(HostCall call) {
    call.remark(
        LogLevel.WARN, "header '" + call.headerText() + "' refused: not a field the host can have");
  }

  private static WasmResult remove(HostCall call, long[] args) {
    var kind = HeaderMapKind.of((int) args[0]);
    if (kind == null) {
      return WasmResult.BAD_ARGUMENT;
    }
    var memory = call.memory();
    if (!memory.inRange((int) args[1], (int) args[2])) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    var map = writable(call, kind);
    if (map == null) {
      return WasmResult.BAD_ARGUMENT;
    }
    var name = call.headerText();
    if (name.name(memory.array(), (int) args[1], (int) args[2])) {
      map.remove(name.array(), name.offset(), name.length());
      written(call, kind);
    }
    return WasmResult.OK;
  }

  /// Whether a field may go on the wire; its name is in [HostCall#headerText] then. Says so in the
  /// log if not: otherwise a header could smuggle a second one (the value is not repeated).
  static boolean isField(
      HostCall call, byte[] bytes, int name, int nameLength, int value, int valueLength) {
    var text = call.headerText();
    if (!text.name(bytes, name, nameLength)) {
      call.remark(LogLevel.WARN, "header refused: its name is not a header name");
      return false;
    }
    if (!HeaderText.isValue(bytes, value, valueLength)) {
      call.remark(LogLevel.WARN, "header '" + text + "' refused: CR, LF or NUL in its value");
      return false;
    }
    return true;
  }
}
