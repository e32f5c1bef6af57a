package dev.outrider.proxywasm.host;

/// Whose log line it is: Envoy writes `wasm log NAME ROOT_ID VM_ID: text`. Before the first plugin
/// exists, name and root id are empty.
public record PluginIdentity(String name, String rootId, String vmId) {}
