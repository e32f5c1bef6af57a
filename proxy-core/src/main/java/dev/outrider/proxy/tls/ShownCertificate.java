package dev.outrider.proxy.tls;

import java.security.cert.X509Certificate;
import java.util.List;

/// A certificate that a context shows or trusts, for `/certs` (Envoy
/// `admin.v3.CertificateDetails`).
///
/// @param path the file it came from, or `<inline>`
/// @param trusted it signs for peers; else it is one of our own
public record ShownCertificate(String path, boolean trusted, CertificateInfo info) {

  static ShownCertificate own(String path, KeyEntry entry) {
    return new ShownCertificate(path, false, new CertificateInfo(entry.chain()));
  }

  /// As Envoy, which shows the first one of a file.
  static ShownCertificate trusted(SecretBytes bundle) {
    List<X509Certificate> all = KeyEntry.certificates(bundle, "trusted CA certificates");
    return new ShownCertificate(bundle.origin(), true, new CertificateInfo(all));
  }
}
