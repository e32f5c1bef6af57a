package dev.outrider.proxy.wasm.foreign;

import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxywasm.host.ForeignCall;
import dev.outrider.proxywasm.host.ForeignFunctions;
import dev.outrider.proxywasm.host.PluginHost;
import org.jspecify.annotations.Nullable;

/// The functions by their names in Envoy (`source/extensions/common/wasm/foreign.cc`). Stateless;
/// any thread.
public final class EnvoyFunctions implements ForeignFunctions {
  @Override
  public @Nullable ForeignFunction find(String name) {
    return switch (name) {
      case "compress" -> Zlib::compress;
      case "uncompress" -> Zlib::uncompress;
      case "sign" -> Signing::sign;
      case "verify_signature" -> Verification::verify;
      case "set_envoy_filter_state" -> FilterStateObjects::set;
      case "declare_property" -> DeclaredProperties::declare;
      case "expr_create" -> ExpressionFunctions::create;
      case "expr_evaluate" -> ExpressionFunctions::evaluate;
      case "expr_delete" -> ExpressionFunctions::delete;
      default -> null;
    };
  }

  /// The state of a plugin; every plugin host of this process has one.
  static ForeignState stateOf(PluginHost plugin) {
    return ((ForeignPlugin) plugin).foreignState();
  }

  /// What is known about the stream; null outside of one.
  static @Nullable StreamInfo infoOf(ForeignCall.Context context) {
    if (context.stream() instanceof ForeignStream stream) {
      return stream.info();
    }
    return context.connection() instanceof ForeignStream connection ? connection.info() : null;
  }
}
