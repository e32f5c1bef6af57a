package dev.outrider.proxy.wasm;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.outrider.proxy.attributes.AttributeReader;
import dev.outrider.proxy.attributes.ValueBuffer;
import dev.outrider.proxy.stream.FilterState;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.wasm.foreign.ForeignState;
import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.WasmResult;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What a guest reads and writes as properties: the attributes of its stream, and filter state.
///
/// A written property is filter state under `wasm.` and its path, so other filters and the access
/// log see it; it cannot hide an attribute. One per VM, on the VM's thread; reading allocates
/// nothing.
final class StreamProperties {
  private static final byte[] PREFIX = "wasm.".getBytes(US_ASCII);

  private final ValueBuffer buffer = new ValueBuffer();
  private final AttributeReader attributes;
  private final ForeignState foreign;

  StreamProperties(AttributeReader attributes) {
    this.attributes = attributes;
    this.foreign = new ForeignState(attributes);
  }

  /// What the plugin has declared about its properties, and its expressions about attributes.
  ForeignState foreignState() {
    return foreign;
  }

  /// @param info null where there is no stream
  WasmResult read(byte[] path, int offset, int length, @Nullable StreamInfo info, ByteSink value) {
    buffer.clear();
    return switch (attributes.read(path, offset, length, info, buffer)) {
      case ABSENT -> WasmResult.NOT_FOUND;
      case GROUP -> WasmResult.SERIALIZATION_FAILURE;
      case TEXT, BYTES, INT, UINT, DOUBLE, BOOL, DURATION, TIME, MAP, LIST, MESSAGE -> {
        value.accept(buffer.array(), 0, buffer.size());
        yield WasmResult.OK;
      }
    };
  }

  /// As the plugin has declared it. Takes `value`.
  WasmResult write(StreamInfo info, byte[] path, int pathOffset, int pathLength, byte[] value) {
    var name = Arrays.copyOf(PREFIX, PREFIX.length + pathLength);
    System.arraycopy(path, pathOffset, name, PREFIX.length, pathLength);
    var shape = foreign.declared().shapeOf(path, pathOffset, pathLength);
    return info.keep(new FilterState.Entry(name, value, shape))
        ? WasmResult.OK
        : WasmResult.BAD_ARGUMENT;
  }
}
