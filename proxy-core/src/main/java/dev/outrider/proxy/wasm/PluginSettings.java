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

    /// To be fetched (Envoy `core.v3.RemoteDataSource`).
    ///
    /// @param uri as configured, for messages
    /// @param host the `:authority` to ask
    /// @param path the `:path` to ask for
    /// @param timeoutMillis of one attempt
    /// @param sha256 lower-case hex
    /// @param refusedOnMiss whether a configuration whose code is not here yet is refused
    record Remote(
        String cluster,
        String uri,
        String host,
        String path,
        long timeoutMillis,
        String sha256,
        Retry retry,
        boolean refusedOnMiss)
        implements Code {}
  }

  /// How a fetch that failed is repeated: after a random part of the interval, which begins with
  /// the base and doubles up to the most.
  ///
  /// @param times not counting the first attempt
  /// @param baseMillis at least 1
  record Retry(long times, long baseMillis, long maxMillis) {
    /// Envoy's: one, after up to 1 s.
    static final Retry DEFAULT = new Retry(1, 1000, 10_000);
  }

  String name() {
    return plugin.name();
  }
}
