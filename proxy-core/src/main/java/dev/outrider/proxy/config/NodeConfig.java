package dev.outrider.proxy.config;

/// Who this proxy is to its control plane (Envoy `core.v3.Node`); the control plane gets the
/// configured message verbatim.
///
/// @param id empty unless configured
/// @param cluster empty unless configured
/// @param message the whole configured message
public record NodeConfig(
    String id, String cluster, String region, String zone, String subZone, EncodedMessage message) {

  /// A proxy that was not told who it is.
  public static final NodeConfig EMPTY = new NodeConfig("", "", "", "", "", EncodedMessage.EMPTY);
}
