package dev.outrider.proxywasm.imports;

/// One context as host functions see it: a plugin (root) or a stream.
public sealed interface ContextScope permits PluginScope, StreamScope {
  /// The number the guest knows it by.
  int id();

  /// The root it belongs to: itself, for a plugin.
  PluginScope plugin();

  /// Hands the effects that the guest asked for to the embedder. Runs with no guest on the stack.
  void deliver();

  /// Drops them: the callback that asked has failed.
  void drop();
}
