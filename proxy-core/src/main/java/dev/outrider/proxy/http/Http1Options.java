package dev.outrider.proxy.http;

/// HTTP/1 on one side (Envoy `core.v3.Http1ProtocolOptions`).
///
/// @param enableTrailers else trailers are dropped
/// @param acceptHttp10 requests of any version but 1.1 are served as HTTP/1.0; else 426
/// @param defaultHostForHttp10 of an HTTP/1.0 request without one; empty = 400
/// @param allowChunkedLength a `content-length` beside chunks is dropped; else refused
/// @param allowAbsoluteUrl a URL as target is taken apart; else it is a path that no route takes
/// @param allowCustomMethods any token is a method
/// @param sendFullyQualifiedUrl towards an upstream: the target is a URL
public record Http1Options(
    boolean enableTrailers,
    boolean acceptHttp10,
    String defaultHostForHttp10,
    boolean allowChunkedLength,
    boolean allowAbsoluteUrl,
    boolean allowCustomMethods,
    boolean sendFullyQualifiedUrl,
    HeaderCase headerCase) {

  /// Envoy's defaults.
  public static final Http1Options DEFAULT = new Http1Options(false);

  /// With Envoy's defaults.
  public Http1Options(boolean enableTrailers) {
    this(enableTrailers, false, "", false, true, false, false, HeaderCase.LOWER);
  }
}
