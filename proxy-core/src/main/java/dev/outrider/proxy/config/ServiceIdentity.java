package dev.outrider.proxy.config;

/// As whom the proxy speaks to the next hop (Envoy `core.v3.Node`).
///
/// @param cluster empty = unknown
/// @param node empty = unknown
public record ServiceIdentity(String cluster, String node) {
  /// A proxy that was not told who it is.
  public static final ServiceIdentity NONE = new ServiceIdentity("", "");
}
