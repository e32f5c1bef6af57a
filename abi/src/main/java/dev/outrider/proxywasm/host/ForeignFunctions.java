package dev.outrider.proxywasm.host;

import org.jspecify.annotations.Nullable;

/// The embedder's own functions, by name (`proxy_call_foreign_function`). `clear_route_cache` is
/// answered by the library.
public interface ForeignFunctions {
  /// None at all: every name is NOT_FOUND to the guest.
  ForeignFunctions NONE = _ -> null;

  /// The function, or null: the guest sees NOT_FOUND.
  @Nullable ForeignFunction find(String name);

  /// One function.
  @FunctionalInterface
  interface ForeignFunction {
    /// Hands at most one result to `result`, then answers the guest's status. Must not call into
    /// the VM.
    WasmResult call(ForeignCall call, ByteSink result);
  }
}
