package dev.outrider.proxy.attributes;

import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.tls.CertificateInfo;
import dev.outrider.proxy.tls.SanType;
import dev.outrider.proxy.tls.TlsInfo;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What access logs, headers and guests are told of handshakes and certificates; empty where there
/// is nothing to tell.
final class TlsOperators {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final String DOWNSTREAM = "DOWNSTREAM_";
  private static final String UPSTREAM = "UPSTREAM_";

  /// Envoy knows fewer of these than of the client's.
  private static final Set<String> OF_UPSTREAM =
      Set.of(
          "TLS_VERSION",
          "TLS_CIPHER",
          "TLS_GROUP",
          "TLS_SESSION_ID",
          "PEER_ISSUER",
          "PEER_SUBJECT",
          "PEER_CERT",
          "PEER_CERT_V_START",
          "PEER_CERT_V_END",
          "PEER_URI_SAN",
          "PEER_DNS_SAN",
          "PEER_IP_SAN",
          "LOCAL_URI_SAN",
          "LOCAL_DNS_SAN",
          "LOCAL_IP_SAN");

  private static final Map<String, SanType> SANS =
      Map.of(
          "URI_SAN", SanType.URI,
          "DNS_SAN", SanType.DNS,
          "IP_SAN", SanType.IP_ADDRESS,
          "EMAIL_SAN", SanType.EMAIL);

  private TlsOperators() {}

  /// A text of one end of a connection.
  private interface Fact {
    String of(TlsInfo tls);
  }

  private interface CertificateFact {
    String of(CertificateInfo certificate);
  }

  /// Null if no operator has that name.
  static @Nullable Function<StreamInfo, String> find(String name) {
    if (name.startsWith(DOWNSTREAM)) {
      var fact = fact(name.substring(DOWNSTREAM.length()));
      return fact == null ? null : info -> told(info.connection().tls(), fact);
    }
    if (name.startsWith(UPSTREAM)) {
      var rest = name.substring(UPSTREAM.length());
      Fact fact =
          rest.equals("SERVER_NAME")
              ? TlsInfo::serverName
              : OF_UPSTREAM.contains(rest) ? fact(rest) : null;
      return fact == null ? null : info -> told(info.upstream().tls(), fact);
    }
    return null;
  }

  /// `%DOWNSTREAM_PEER_CERT_V_START(format)%` and its like; null without a format, or if no
  /// operator has that name.
  static @Nullable FormatOperator time(OperatorSpec spec, Consumer<String> problems) {
    var client = spec.name().startsWith(DOWNSTREAM);
    var name = spec.name().replaceFirst("^(DOWNSTREAM|UPSTREAM)_PEER_", "");
    Function<CertificateInfo, Instant> moment =
        switch (name) {
          case "CERT_V_START" -> CertificateInfo::validFrom;
          case "CERT_V_END" -> CertificateInfo::expires;
          default -> null;
        };
    if (moment == null || spec.argumentOrEmpty().isEmpty()) {
      return null;
    }
    var format = TimeFormat.of(spec, ZoneOffset.UTC, problems);
    return (info, out) -> {
      var tls = client ? info.connection().tls() : info.upstream().tls();
      var shown = tls == null ? null : tls.peer();
      if (shown != null) {
        format.write(moment.apply(shown).getEpochSecond() * Moment.MICROS_PER_SECOND, out);
      }
      return shown != null;
    };
  }

  private static String told(@Nullable TlsInfo tls, Fact fact) {
    return tls == null ? "" : fact.of(tls);
  }

  private static @Nullable Fact fact(String name) {
    return switch (name) {
      case "TLS_VERSION" -> TlsInfo::version;
      case "TLS_CIPHER" -> TlsInfo::cipher;
      case "TLS_GROUP" -> TlsInfo::group;
      case "TLS_SESSION_ID" -> TlsInfo::sessionId;
      default -> name.startsWith("PEER_") ? peer(name.substring(5)) : local(name);
    };
  }

  private static @Nullable Fact peer(String name) {
    var fact = ofPeer(name);
    return fact == null ? null : tls -> shown(tls.peer(), fact);
  }

  private static @Nullable Fact local(String name) {
    if (!name.startsWith("LOCAL_")) {
      return null;
    }
    var fact = ofAny(name.substring("LOCAL_".length()));
    return fact == null ? null : tls -> shown(tls.local(), fact);
  }

  private static String shown(@Nullable CertificateInfo certificate, CertificateFact fact) {
    return certificate == null ? "" : fact.of(certificate);
  }

  private static @Nullable CertificateFact ofPeer(String name) {
    return switch (name) {
      case "ISSUER" -> CertificateInfo::issuer;
      case "SERIAL" -> CertificateInfo::serial;
      case "FINGERPRINT_256" -> certificate -> certificate.fingerprint("SHA-256");
      case "FINGERPRINT_1" -> certificate -> certificate.fingerprint("SHA-1");
      case "CHAIN_FINGERPRINTS_256" ->
          certificate -> String.join(",", certificate.chainFingerprints("SHA-256"));
      case "CHAIN_FINGERPRINTS_1" ->
          certificate -> String.join(",", certificate.chainFingerprints("SHA-1"));
      case "CHAIN_SERIALS" -> certificate -> String.join(",", certificate.chainSerials());
      case "CERT" -> CertificateInfo::urlEncodedPem;
      case "CERT_V_START" -> certificate -> date(certificate.validFrom());
      case "CERT_V_END" -> certificate -> date(certificate.expires());
      default -> ofAny(name);
    };
  }

  private static @Nullable CertificateFact ofAny(String name) {
    if (name.equals("SUBJECT")) {
      return CertificateInfo::subject;
    }
    var type = SANS.get(name);
    return type == null ? null : certificate -> String.join(",", certificate.sans(type));
  }

  private static String date(Instant when) {
    return DATE.format(when);
  }

  /// The attributes `connection.*` of guests.
  static @Nullable Function<StreamInfo, String> attribute(String name) {
    var fact = attributeFact(name);
    return fact == null ? null : info -> told(info.connection().tls(), fact);
  }

  /// The attributes `upstream.*` of guests.
  static @Nullable Function<StreamInfo, String> upstreamAttribute(String name) {
    var fact = attributeFact(name);
    return fact == null ? null : info -> told(info.upstream().tls(), fact);
  }

  /// The first name where Envoy tells one only.
  private static @Nullable Fact attributeFact(String name) {
    return switch (name) {
      case "tls_version" -> TlsInfo::version;
      case "subject_local_certificate" -> tls -> shown(tls.local(), CertificateInfo::subject);
      case "subject_peer_certificate" -> tls -> shown(tls.peer(), CertificateInfo::subject);
      case "uri_san_local_certificate" -> tls -> first(tls.local(), SanType.URI);
      case "uri_san_peer_certificate" -> tls -> first(tls.peer(), SanType.URI);
      case "dns_san_local_certificate" -> tls -> first(tls.local(), SanType.DNS);
      case "dns_san_peer_certificate" -> tls -> first(tls.peer(), SanType.DNS);
      case "sha256_peer_certificate_digest" ->
          tls -> shown(tls.peer(), certificate -> certificate.fingerprint("SHA-256"));
      default -> null;
    };
  }

  private static String first(@Nullable CertificateInfo certificate, SanType type) {
    var names = certificate == null ? null : certificate.sans(type);
    return names == null || names.isEmpty() ? "" : names.getFirst();
  }
}
