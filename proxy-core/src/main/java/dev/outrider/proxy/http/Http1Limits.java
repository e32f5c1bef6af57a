package dev.outrider.proxy.http;

/// What an HTTP/1.1 head or body may cost.
///
/// @param headBytes start line, header lines and their line ends; the same again for trailers
/// @param headers header lines of a head; the same again for trailers
/// @param chunkExtensionBytes sum over one body
public record Http1Limits(int headBytes, int headers, int chunkExtensionBytes) {
  /// Envoy's `max_request_headers_kb` and `max_headers_count`.
  public static final Http1Limits REQUEST = new Http1Limits(60 * 1024, 100, 16 * 1024);

  /// Responses may have larger heads, as in Envoy.
  public static final Http1Limits RESPONSE = new Http1Limits(80 * 1024, 100, 16 * 1024);
}
