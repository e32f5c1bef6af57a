package dev.outrider.proxywasm.imports;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.host.WasmResult;
import java.util.Arrays;

/// Attributes of the exchange, the proxy and the plugin (ABI reference 3.3, 6).
final class PropertyImports {
  private static final byte[] NAME = "plugin_name".getBytes(UTF_8);
  private static final byte[] ROOT_ID = "plugin_root_id".getBytes(UTF_8);
  private static final byte[] VM_ID = "plugin_vm_id".getBytes(UTF_8);

  private PropertyImports() {}

  static void register(ImportTable table) {
    table.proxy("get_property", "iiii", PropertyImports::get);
    table.proxy("set_property", "iiii", PropertyImports::set);
  }

  private static WasmResult get(HostCall call, long[] args) {
    int path = (int) args[0];
    var memory = call.memory();
    if (!memory.inRange(path, (int) args[1])) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    var bytes = memory.array();
    int length = withoutTrailingNul(bytes, path, (int) args[1]);
    if (length == 0) {
      return WasmResult.SERIALIZATION_FAILURE;
    }
    var sink = call.pairTo((int) args[2], (int) args[3]);
    var identity = call.plugin().identity();
    if (is(NAME, bytes, path, length)) {
      return give(sink, identity.name());
    }
    if (is(ROOT_ID, bytes, path, length)) {
      return give(sink, identity.rootId());
    }
    if (is(VM_ID, bytes, path, length)) {
      return give(sink, identity.vmId());
    }
    return sink.outcome(call.scope().property(bytes, path, length, sink));
  }

  /// C++ ends a path with a NUL, Rust and Go do not.
  private static int withoutTrailingNul(byte[] bytes, int path, int length) {
    return length > 0 && bytes[path + length - 1] == 0 ? length - 1 : length;
  }

  private static boolean is(byte[] name, byte[] bytes, int path, int length) {
    return Arrays.equals(name, 0, name.length, bytes, path, path + length);
  }

  private static WasmResult give(PairSink sink, String text) {
    var value = text.getBytes(UTF_8);
    sink.accept(value, 0, value.length);
    return sink.outcome(WasmResult.OK);
  }

  private static WasmResult set(HostCall call, long[] args) {
    int path = (int) args[0];
    int value = (int) args[2];
    var memory = call.memory();
    if (!memory.inRange(path, (int) args[1])
        || !memory.inRange(value, (int) args[3])
        || !call.accepts((int) args[1])
        || !call.accepts((int) args[3])) {
      return WasmResult.INVALID_MEMORY_ACCESS;
    }
    var bytes = memory.array();
    return call.scope().setProperty(bytes, path, (int) args[1], bytes, value, (int) args[3]);
  }
}
