package dev.outrider.proxy.wasm;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// What the process tells the Wasm filters.
///
/// @param node the serialised Envoy `core.v3.Node`, which guests read as `xds.node`; not to be
///   changed
/// @param compiledModules where compiled modules are kept between runs; null keeps none
@SuppressWarnings("ArrayRecordComponent") // never compared
public record WasmOptions(byte[] node, @Nullable Path compiledModules) {
  /// No node, nothing on disk.
  public static final WasmOptions DEFAULT = new WasmOptions(new byte[0], null);
}
