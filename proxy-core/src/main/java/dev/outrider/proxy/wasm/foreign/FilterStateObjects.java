package dev.outrider.proxy.wasm.foreign;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proto.wasm.SetEnvoyFilterStateArguments;
import dev.outrider.proxy.stream.FilterState;
import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.ForeignCall;
import dev.outrider.proxywasm.host.WasmResult;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/// `set_envoy_filter_state`: filter state under names that are known to the proxy, where
/// `set_property` only reaches names of guests.
///
/// Envoy also has names that steer its upstream side (`envoy.tcp_proxy.cluster`,
/// `envoy.network.upstream_server_name` ...). Nothing here reads them, so they are NOT_FOUND rather
/// than kept and ignored.
final class FilterStateObjects {
  private static final Set<String> TEXTS = Set.of("envoy.string", FilterState.HASHABLE_TEXT);

  private FilterStateObjects() {}

  static WasmResult set(ForeignCall call, ByteSink result) {
    SetEnvoyFilterStateArguments args;
    try {
      args = SetEnvoyFilterStateArguments.parseFrom(call.copyOfArguments());
    } catch (InvalidProtocolBufferException malformed) {
      return WasmResult.BAD_ARGUMENT;
    }
    var info = EnvoyFunctions.infoOf(call.acting());
    if (info == null || !TEXTS.contains(args.getPath())) {
      return WasmResult.NOT_FOUND;
    }
    var shape =
        new FilterState.Shape(
            FilterState.Type.TEXT, "", false, DeclaredProperties.spanOf(args.getSpan()));
    var entry =
        new FilterState.Entry(
            args.getPath().getBytes(StandardCharsets.UTF_8),
            args.getValueBytes().toByteArray(),
            shape);
    return info.keep(entry) ? WasmResult.OK : WasmResult.BAD_ARGUMENT;
  }
}
