package dev.outrider.proxywasm.conformance;

/// Whose behaviour is checked: where the two differ on purpose, a check says so.
public enum Host {
  /// This library, and any proxy that embeds it.
  OUTRIDER,
  ENVOY
}
