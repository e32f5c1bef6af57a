package dev.outrider.proxy.accesslog.grpc;

import dev.outrider.proxy.tls.CertificateInfo;
import dev.outrider.proxy.tls.SanType;
import dev.outrider.proxy.tls.TlsInfo;
import io.envoyproxy.envoy.data.accesslog.v3.TLSProperties;
import io.envoyproxy.envoy.data.accesslog.v3.TLSProperties.CertificateProperties;
import io.envoyproxy.envoy.data.accesslog.v3.TLSProperties.CertificateProperties.SubjectAltName;
import io.envoyproxy.envoy.data.accesslog.v3.TLSProperties.TLSVersion;

/// How a client's connection is secured.
final class TlsEntry {
  private TlsEntry() {}

  /// The cipher is left out: entries have its number, and a connection tells its name.
  static TLSProperties of(TlsInfo tls, String serverName) {
    var properties =
        TLSProperties.newBuilder()
            .setTlsVersion(version(tls.version()))
            .setTlsSniHostname(serverName)
            .setTlsSessionId(tls.sessionId());
    var local = tls.local();
    if (local != null) {
      properties.setLocalCertificateProperties(certificate(local));
    }
    var peer = tls.peer();
    if (peer != null) {
      properties.setPeerCertificateProperties(certificate(peer));
    }
    return properties.build();
  }

  private static TLSVersion version(String name) {
    return switch (name) {
      case "TLSv1" -> TLSVersion.TLSv1;
      case "TLSv1.1" -> TLSVersion.TLSv1_1;
      case "TLSv1.2" -> TLSVersion.TLSv1_2;
      case "TLSv1.3" -> TLSVersion.TLSv1_3;
      default -> TLSVersion.VERSION_UNSPECIFIED;
    };
  }

  private static CertificateProperties certificate(CertificateInfo certificate) {
    var properties =
        CertificateProperties.newBuilder()
            .setSubject(certificate.subject())
            .setIssuer(certificate.issuer());
    for (var uri : certificate.sans(SanType.URI)) {
      properties.addSubjectAltName(SubjectAltName.newBuilder().setUri(uri));
    }
    for (var dns : certificate.sans(SanType.DNS)) {
      properties.addSubjectAltName(SubjectAltName.newBuilder().setDns(dns));
    }
    return properties.build();
  }
}
