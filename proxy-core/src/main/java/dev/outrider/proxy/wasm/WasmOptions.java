package dev.outrider.proxy.wasm;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What the process tells the Wasm filters.
///
/// @param node the serialised Envoy `core.v3.Node`, which guests read as `xds.node`; not to be
///   changed
/// @param compiledModules where compiled modules are kept between runs; null keeps none
/// @param drainTime how long a plugin whose configuration is gone may take to end
@SuppressWarnings("ArrayRecordComponent") // never compared
public record WasmOptions(byte[] node, @Nullable Path compiledModules, Duration drainTime) {
  /// No node, nothing on disk, Envoy's default drain time.
  public static final WasmOptions DEFAULT =
      new WasmOptions(new byte[0], null, Duration.ofMinutes(10));
}
