package dev.outrider.proxy.config;

/// HTTP/1 towards the client (Envoy `Http1ProtocolOptions`).
///
/// @param enableTrailers else trailers are dropped
public record Http1Options(boolean enableTrailers) {

  /// Envoy's defaults.
  public static final Http1Options DEFAULT = new Http1Options(false);
}
