package dev.outrider.proxy.wasm;

import dev.outrider.proxywasm.PluginSpec;
import dev.outrider.proxywasm.VmSpec;
import java.nio.file.Path;

/// A plugin's configuration, checked (Envoy `wasm.v3.PluginConfig`).
///
/// @param reloadMillis least time between two VMs of one worker under [FailurePolicy#FAIL_RELOAD]
record PluginSettings(
    PluginSpec plugin, VmSpec vm, Code code, FailurePolicy failurePolicy, long reloadMillis) {

  /// Where the module's bytes are.
  sealed interface Code {
    record File(Path path) implements Code {}

    @SuppressWarnings("ArrayRecordComponent") // never compared, and megabytes to copy
    record Inline(byte[] bytes) implements Code {}
  }

  String name() {
    return plugin.name();
  }
}
