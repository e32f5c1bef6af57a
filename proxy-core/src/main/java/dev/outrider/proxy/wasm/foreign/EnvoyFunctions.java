package dev.outrider.proxy.wasm.foreign;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.outrider.proxy.expression.ExpressionEngine;
import dev.outrider.proxy.expression.ExpressionTraces;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxywasm.host.ForeignCall;
import dev.outrider.proxywasm.host.ForeignFunctions;
import dev.outrider.proxywasm.host.PluginHost;
import org.jspecify.annotations.Nullable;

/// The functions by their names in Envoy (`source/extensions/common/wasm/foreign.cc`). Stateless;
/// any thread.
public final class EnvoyFunctions implements ForeignFunctions {
  private static final byte[] CREATE_EXPRESSION = "expr_create".getBytes(US_ASCII);

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

  /// Loads what the functions need that a module names, so that its first request does not pay for
  /// it: the library of expressions takes longer than a request may. For the background executor.
  ///
  /// @param wasm the module; a name that it puts together as it runs is not seen
  public static void prepare(byte[] wasm) {
    if (ExpressionTraces.contains(wasm, CREATE_EXPRESSION)) {
      ExpressionEngine.warmUp();
    }
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
