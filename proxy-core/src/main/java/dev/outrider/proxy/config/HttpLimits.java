package dev.outrider.proxy.config;

/// Limits on what a client may send.
///
/// @param requestHeadBytes size of a request head; default 60 KiB; over it 431
/// @param requestHeaders number of headers; default 100; over it 431
/// @param requestsPerConnection after which the connection is closed; 0 = unlimited
public record HttpLimits(int requestHeadBytes, int requestHeaders, int requestsPerConnection) {

  /// Envoy's defaults.
  public static final HttpLimits DEFAULT = new HttpLimits(60 * 1024, 100, 0);
}
