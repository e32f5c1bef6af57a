package dev.outrider.proxy.tls;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What both ends of a connection are configured with (Envoy `tls.v3.CommonTlsContext`).
///
/// @param certificates ours; the first is used when none fits
/// @param validation of the peer; null = none
/// @param alpn in order of preference
public record TlsIdentity(
    TlsParameters parameters,
    List<TlsCertificate> certificates,
    @Nullable CertificateValidation validation,
    List<String> alpn) {

  public TlsIdentity {
    certificates = List.copyOf(certificates);
    alpn = List.copyOf(alpn);
  }

  /// Whether a certificate that is not good ends the handshake.
  public boolean refusesStrangers() {
    return validation != null && validation.verifies() && !validation.acceptUntrusted();
  }
}
