package dev.outrider.proxy.wasm;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.outrider.proxy.attributes.AttributeReader;
import dev.outrider.proxy.attributes.ValueBuffer;
import dev.outrider.proxy.stream.FilterState;
import dev.outrider.proxy.stream.StreamInfo;
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

  StreamProperties(AttributeReader attributes) {
    this.attributes = attributes;
  }

  /// @param info null where there is no stream
  WasmResult read(byte[] path, int offset, int length, @Nullable StreamInfo info, ByteSink value) {
    buffer.clear();
    return switch (attributes.read(path, offset, length, info, buffer)) {
      case FOUND -> {
        value.accept(buffer.array(), 0, buffer.size());
        yield WasmResult.OK;
      }
      case NOT_FOUND -> WasmResult.NOT_FOUND;
      case NOT_SERIALIZABLE -> WasmResult.SERIALIZATION_FAILURE;
    };
  }

  WasmResult write(FilterState state, byte[] path, int pathOffset, int pathLength, byte[] value) {
    var name = Arrays.copyOf(PREFIX, PREFIX.length + pathLength);
    System.arraycopy(path, pathOffset, name, PREFIX.length, pathLength);
    var entry = new FilterState.Entry(name, value, false, FilterState.Span.FILTER_CHAIN);
    return state.set(entry) ? WasmResult.OK : WasmResult.BAD_ARGUMENT;
  }
}
