package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.host.WasmResult;

/// The gRPC functions: they link, since every Rust filter imports them, and answer UNIMPLEMENTED;
/// the log says so once per plugin and function.
final class GrpcImports {
  private GrpcImports() {}

  static void register(ImportTable table) {
    unimplemented(table, "grpc_call", "iiiiiiiiii");
    unimplemented(table, "grpc_call", "iiiiiiiiiiii");
    unimplemented(table, "grpc_stream", "iiiiiiiii");
    unimplemented(table, "grpc_send", "iiii");
    unimplemented(table, "grpc_cancel", "i");
    unimplemented(table, "grpc_close", "i");
  }

  private static void unimplemented(ImportTable table, String name, String params) {
    table.proxy(
        name,
        params,
        (call, _) -> {
          call.remarkOnce(
              LogLevel.WARN, name, "proxy_" + name + " is not implemented by this host");
          return WasmResult.UNIMPLEMENTED;
        });
  }
}
