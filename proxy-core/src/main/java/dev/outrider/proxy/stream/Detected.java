package dev.outrider.proxy.stream;

import java.util.List;

/// What listener filters found in the first bytes of a connection.
///
/// @param transportProtocol `tls` or `raw_buffer`
/// @param serverName the SNI, in lower case; empty if there was none
/// @param applicationProtocols what the client offers by ALPN, or the version of HTTP that was seen
public record Detected(
    String transportProtocol, String serverName, List<String> applicationProtocols) {
  public static final String RAW_BUFFER = "raw_buffer";
  public static final String TLS = "tls";

  /// Nothing was looked for.
  public static final Detected NOTHING = new Detected(RAW_BUFFER, "", List.of());

  public Detected {
    applicationProtocols = List.copyOf(applicationProtocols);
  }
}
