package dev.outrider.proxywasm.imports;

import dev.outrider.proxywasm.host.ByteSink;
import dev.outrider.proxywasm.host.WasmResult;

/// One context as host functions see it: a plugin (root), an HTTP stream or a connection.
public sealed interface ContextScope permits PluginScope, StreamScope, NetworkScope {
  /// The number the guest knows it by.
  int id();

  /// The root it belongs to: itself, for a plugin.
  PluginScope plugin();

  /// As `HttpStreamHost.property`, of whatever this is the context of.
  WasmResult property(byte[] path, int offset, int length, ByteSink value);

  /// As `HttpStreamHost.setProperty`; NOT_FOUND where there is nothing to keep it in.
  WasmResult setProperty(
      byte[] path, int pathOffset, int pathLength, byte[] value, int valueOffset, int valueLength);

  /// Hands the effects that the guest asked for to the embedder. Runs with no guest on the stack.
  void deliver();

  /// Drops them: the callback that asked has failed.
  void drop();
}
