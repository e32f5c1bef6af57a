package dev.outrider.proxy.config;

/// HTTP/1 towards the client (Envoy `Http1ProtocolOptions`).
///
/// @param acceptHttp10 else HTTP/1.0 is answered 426
/// @param defaultHostForHttp10 host of an HTTP/1.0 request without one; empty = refuse it
/// @param enableTrailers else trailers are dropped
public record Http1Options(
    boolean acceptHttp10, String defaultHostForHttp10, boolean enableTrailers) {

  /// Envoy's defaults.
  public static final Http1Options DEFAULT = new Http1Options(false, "", false);
}
