package dev.outrider.proxy.runtime;

import java.util.Map;

/// A layer as the bootstrap has it (Envoy `bootstrap.v3.RuntimeLayer`).
public sealed interface RuntimeLayerSpec {
  String name();

  /// Written in the bootstrap.
  record Fixed(String name, Map<String, RuntimeValue> values) implements RuntimeLayerSpec {
    public Fixed {
      values = Map.copyOf(values);
    }
  }

  /// Files in folders, a key each.
  ///
  /// @param root a symbolic link, of which it is noticed when it is swapped
  /// @param folder below it, where the files are; the same if it is the root itself
  record Disk(String name, String root, String folder) implements RuntimeLayerSpec {}

  /// What an operator says over `/runtime_modify`.
  record Admin(String name) implements RuntimeLayerSpec {}

  /// A resource of the control plane.
  ///
  /// @param resource its name
  /// @param timeoutMillis how long the start waits for it; 0 = for ever
  record Rtds(String name, String resource, long timeoutMillis) implements RuntimeLayerSpec {}
}
