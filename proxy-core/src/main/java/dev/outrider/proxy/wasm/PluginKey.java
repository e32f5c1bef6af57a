package dev.outrider.proxy.wasm;

import com.google.protobuf.ByteString;
import dev.outrider.proxywasm.host.PluginLimits;

/// What makes two configurations the same plugin: one root context per VM, whatever uses it (ABI
/// reference 4.2).
record PluginKey(
    VmKey vm,
    String name,
    String rootId,
    ByteString configuration,
    boolean allowOnHeadersStopIteration,
    PluginLimits limits) {

  static PluginKey of(PluginSettings settings, String sha256) {
    var plugin = settings.plugin();
    return new PluginKey(
        VmKey.of(settings, sha256),
        plugin.name(),
        plugin.rootId(),
        ByteString.copyFrom(plugin.configuration()),
        plugin.allowOnHeadersStopIteration(),
        plugin.limits());
  }
}
