package dev.outrider.proxy.config;

/// What is cut off the end of a request's host before it is matched (Envoy
/// `HttpConnectionManager.strip_matching_host_port`, `strip_any_host_port`,
/// `strip_trailing_host_dot`).
public record HostOptions(Port port, boolean trailingDot) {

  /// Envoy's defaults: nothing.
  public static final HostOptions DEFAULT = new HostOptions(Port.KEEP, false);

  /// Which ports are cut off.
  public enum Port {
    KEEP,
    /// That on which the connection was accepted.
    MATCHING,
    ANY
  }
}
