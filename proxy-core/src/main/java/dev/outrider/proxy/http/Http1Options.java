package dev.outrider.proxy.http;

/// HTTP/1 on one side (Envoy `core.v3.Http1ProtocolOptions`).
///
/// @param enableTrailers else trailers are dropped
public record Http1Options(boolean enableTrailers) {

  /// Envoy's defaults.
  public static final Http1Options DEFAULT = new Http1Options(false);
}
