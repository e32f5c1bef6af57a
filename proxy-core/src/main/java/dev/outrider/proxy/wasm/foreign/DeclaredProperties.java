package dev.outrider.proxy.wasm.foreign;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proto.wasm.DeclarePropertyArguments;
import dev.outrider.proto.wasm.LifeSpan;
import dev.outrider.proto.wasm.WasmType;
import dev.outrider.proxy.stream.FilterState;
import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.ForeignCall;
import dev.outrider.proxywasm.host.WasmResult;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a plugin has said about properties before it sets them: type, life span, whether they can
/// be set twice (`declare_property`). Undeclared ones are bytes that live as long as the stream.
public final class DeclaredProperties {
  static final int MOST = 1024;

  private static final Logger LOG = LoggerFactory.getLogger("wasm");

  private final Map<String, FilterState.Shape> byName = new HashMap<>();

  /// How to keep a property of that name.
  public FilterState.Shape shapeOf(byte[] path, int offset, int length) {
    return byName.isEmpty()
        ? FilterState.Shape.DEFAULT
        : byName.getOrDefault(
            new String(path, offset, length, StandardCharsets.UTF_8), FilterState.Shape.DEFAULT);
  }

  static WasmResult declare(ForeignCall call, ByteSink result) {
    DeclarePropertyArguments args;
    try {
      args = DeclarePropertyArguments.parseFrom(call.copyOfArguments());
    } catch (InvalidProtocolBufferException malformed) {
      return WasmResult.BAD_ARGUMENT;
    }
    var state = EnvoyFunctions.stateOf(call.running().plugin());
    if (call.running().root()) {
      return state.declared().add(args);
    }
    // Envoy keeps it where nobody looks, and says OK.
    if (state.firstWarning("declare_property")) {
      LOG.warn(
          "declare_property '{}' has no effect: it counts only in callbacks of the root context,"
              + " such as proxy_on_configure",
          args.getName());
    }
    return WasmResult.OK;
  }

  private WasmResult add(DeclarePropertyArguments args) {
    if (byName.size() == MOST) {
      return WasmResult.INTERNAL_FAILURE;
    }
    var shape =
        new FilterState.Shape(
            switch (args.getType()) {
              case String -> FilterState.Type.TEXT;
              case FlatBuffers -> FilterState.Type.FLATBUFFERS;
              case Protobuf -> FilterState.Type.PROTOBUF;
              case Bytes, UNRECOGNIZED -> FilterState.Type.BYTES;
            },
            args.getType() == WasmType.Protobuf ? args.getSchema().toStringUtf8() : "",
            args.getReadonly(),
            spanOf(args.getSpan()));
    return byName.putIfAbsent(args.getName(), shape) == null
        ? WasmResult.OK
        : WasmResult.BAD_ARGUMENT;
  }

  static FilterState.Span spanOf(LifeSpan span) {
    return switch (span) {
      case DownstreamRequest -> FilterState.Span.REQUEST;
      case DownstreamConnection -> FilterState.Span.CONNECTION;
      case FilterChain, UNRECOGNIZED -> FilterState.Span.FILTER_CHAIN;
    };
  }
}
