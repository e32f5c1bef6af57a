package dev.outrider.proxy.tls;

import java.util.List;

/// What may be negotiated (Envoy `tls.v3.TlsParameters`).
///
/// @param ciphers below TLS 1.3, in BoringSSL's language; empty = Envoy's default list
/// @param curves empty = Envoy's default list
public record TlsParameters(
    TlsVersion min, TlsVersion max, List<String> ciphers, List<String> curves) {
  public static final TlsParameters DEFAULT =
      new TlsParameters(TlsVersion.TLS_1_2, TlsVersion.TLS_1_3, List.of(), List.of());

  public TlsParameters {
    ciphers = List.copyOf(ciphers);
    curves = List.copyOf(curves);
  }
}
