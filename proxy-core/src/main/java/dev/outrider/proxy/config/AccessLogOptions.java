package dev.outrider.proxy.config;

/// When access logs are written besides the end (Envoy `HcmAccessLogOptions`, and
/// `TcpAccessLogOptions` of the TCP proxy).
///
/// @param atStart when a request has found its route, or a connection its service
/// @param atTunnel when a tunnel has opened; HTTP only
/// @param intervalMillis how often in between; 0 = not at all
public record AccessLogOptions(boolean atStart, boolean atTunnel, long intervalMillis) {
  /// At the end alone.
  public static final AccessLogOptions NONE = new AccessLogOptions(false, false, 0);
}
