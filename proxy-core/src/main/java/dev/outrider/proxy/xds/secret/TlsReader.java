package dev.outrider.proxy.xds.secret;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.extension.ProviderRegistry;
import dev.outrider.proxy.tls.CertificateValidation;
import dev.outrider.proxy.tls.ClientTlsSpec;
import dev.outrider.proxy.tls.SecretBytes;
import dev.outrider.proxy.tls.ServerTlsSpec;
import dev.outrider.proxy.tls.TlsCertificate;
import dev.outrider.proxy.tls.TlsIdentity;
import dev.outrider.proxy.tls.TlsParameters;
import dev.outrider.proxy.tls.TlsVersion;
import dev.outrider.proxy.xds.core.DataSources;
import dev.outrider.proxy.xds.core.Scope;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsParameters.TlsProtocol;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads `tls.v3.DownstreamTlsContext` and `tls.v3.UpstreamTlsContext`, in which [SecretSlots] are
/// filled, with the files that they name: on the background executor only.
final class TlsReader {
  private static final String SPIFFE = "envoy.tls.cert_validator.spiffe";
  private static final String SPIFFE_TYPE =
      "envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig";

  private final Scope scope;

  TlsReader(Scope scope) {
    this.scope = scope;
  }

  ServerTlsSpec server(DownstreamTlsContext message) {
    scope.refuse(
        message.getOcspStaplePolicy() != DownstreamTlsContext.OcspStaplePolicy.LENIENT_STAPLING,
        "ocsp_staple_policy");
    scope.refuse(message.getRequireSni().getValue(), "require_sni");
    var keys = new ArrayList<SecretBytes>();
    for (var key : message.getSessionTicketKeys().getKeysList()) {
      var bytes = DataSources.read(key, scope.field("session_ticket_keys"));
      if (bytes != null) {
        keys.add(bytes);
      }
    }
    return new ServerTlsSpec(
        identity(
            message.getCommonTlsContext(), TlsVersion.TLS_1_3, scope.field("common_tls_context")),
        message.getRequireClientCertificate().getValue(),
        message.getFullScanCertsOnSniMismatch().getValue(),
        keys,
        !message.getDisableStatelessSessionResumption(),
        !message.getDisableStatefulSessionResumption(),
        message.getSessionTimeout().getSeconds(),
        message.getPreferClientCiphers());
  }

  /// @param complete no secret is missing in it
  ClientTlsSpec client(UpstreamTlsContext message, boolean complete) {
    scope.refuse(message.getAllowRenegotiation(), "allow_renegotiation");
    if (complete
        && message.getAutoSniSanValidation()
        && !message.getCommonTlsContext().getValidationContext().hasTrustedCa()) {
      scope.problem("'auto_sni_san_validation' was configured without configuring a trusted CA");
    }
    scope.refuse(
        message.hasEnforceRsaKeyUsage() && !message.getEnforceRsaKeyUsage().getValue(),
        "enforce_rsa_key_usage");
    return new ClientTlsSpec(
        identity( // as Envoy: a server that refuses our certificate then says so in the handshake
            message.getCommonTlsContext(), TlsVersion.TLS_1_2, scope.field("common_tls_context")),
        message.getSni(),
        message.getAutoHostSni(),
        message.getAutoSniSanValidation(),
        !message.hasMaxSessionKeys() || message.getMaxSessionKeys().getValue() > 0);
  }

  private TlsIdentity identity(CommonTlsContext message, TlsVersion newest, Scope place) {
    refuseWhatIsMissing(message, place);
    var certificates = new ArrayList<TlsCertificate>();
    for (var i = 0; i < message.getTlsCertificatesCount(); i++) {
      var certificate =
          certificate(message.getTlsCertificates(i), place.item("tls_certificates", i));
      if (certificate != null) {
        certificates.add(certificate);
      }
    }
    return new TlsIdentity(
        parameters(message.getTlsParams(), newest, place.field("tls_params")),
        certificates,
        message.hasValidationContext()
            ? validation(message.getValidationContext(), place.field("validation_context"))
            : null,
        alpn(message, place));
  }

  @SuppressWarnings("deprecation") // refused under their names
  private static void refuseWhatIsMissing(CommonTlsContext message, Scope place) {
    place.refuse(message.hasTlsCertificateProviderInstance(), "tls_certificate_provider_instance");
    place.refuse(
        message.hasTlsCertificateCertificateProvider(), "tls_certificate_certificate_provider");
    place.refuse(
        message.hasTlsCertificateCertificateProviderInstance(),
        "tls_certificate_certificate_provider_instance");
    place.refuse(message.hasCustomTlsCertificateSelector(), "custom_tls_certificate_selector");
    place.refuse(
        message.hasValidationContextCertificateProvider(),
        "validation_context_certificate_provider");
    place.refuse(
        message.hasValidationContextCertificateProviderInstance(),
        "validation_context_certificate_provider_instance");
    place.refuse(message.hasCustomHandshaker(), "custom_handshaker");
    place.refuse(message.hasKeyLog(), "key_log");
  }

  private static List<String> alpn(CommonTlsContext message, Scope place) {
    for (var protocol : message.getAlpnProtocolsList()) {
      if (protocol.isEmpty() || protocol.length() > 255) {
        place.problem("alpn_protocols", "Invalid ALPN protocol string");
      }
    }
    return message.getAlpnProtocolsList();
  }

  private static TlsParameters parameters(
      io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsParameters message,
      TlsVersion newest,
      Scope place) {
    place.refuse(message.getSignatureAlgorithmsCount() > 0, "signature_algorithms");
    place.refuse(message.getCompliancePoliciesCount() > 0, "compliance_policies");
    return new TlsParameters(
        version(message.getTlsMinimumProtocolVersion(), TlsVersion.TLS_1_2),
        version(message.getTlsMaximumProtocolVersion(), newest),
        message.getCipherSuitesList(),
        message.getEcdhCurvesList());
  }

  private static TlsVersion version(TlsProtocol version, TlsVersion otherwise) {
    return switch (version) {
      case TLSv1_0 -> TlsVersion.TLS_1_0;
      case TLSv1_1 -> TlsVersion.TLS_1_1;
      case TLSv1_2 -> TlsVersion.TLS_1_2;
      case TLSv1_3 -> TlsVersion.TLS_1_3;
      case TLS_AUTO, UNRECOGNIZED -> otherwise;
    };
  }

  static @Nullable TlsCertificate certificate(
      io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate message, Scope place) {
    place.refuse(message.hasPrivateKeyProvider(), "private_key_provider");
    place.refuse(message.hasOcspStaple(), "ocsp_staple");
    place.refuse(message.getSignedCertificateTimestampCount() > 0, "signed_certificate_timestamp");
    var password = optional(message.hasPassword(), message.getPassword(), place.field("password"));
    if (message.hasPkcs12()) {
      var store = DataSources.read(message.getPkcs12(), place.field("pkcs12"));
      return store == null ? null : new TlsCertificate(store, null, password);
    }
    if (!message.hasCertificateChain()) {
      place.problem("Failed to load incomplete certificate: certificate chain not set");
      return null;
    }
    if (!message.hasPrivateKey()) {
      place.problem("Failed to load incomplete private key");
      return null;
    }
    var chain = DataSources.read(message.getCertificateChain(), place.field("certificate_chain"));
    var key = DataSources.read(message.getPrivateKey(), place.field("private_key"));
    return chain == null || key == null ? null : new TlsCertificate(chain, key, password);
  }

  private static @Nullable SecretBytes optional(boolean isSet, DataSource source, Scope place) {
    return isSet ? DataSources.read(source, place) : null;
  }

  static CertificateValidation validation(CertificateValidationContext message, Scope place) {
    place.refuse(message.hasCaCertificateProviderInstance(), "ca_certificate_provider_instance");
    place.refuse(message.hasSystemRootCerts(), "system_root_certs");
    place.refuse(
        message.getRequireSignedCertificateTimestamp().getValue(),
        "require_signed_certificate_timestamp");
    var crl = optional(message.hasCrl(), message.getCrl(), place.field("crl"));
    if (!message.hasTrustedCa()) {
      refuseWithoutCa(message, crl, place);
    }
    return new CertificateValidation(
        optional(message.hasTrustedCa(), message.getTrustedCa(), place.field("trusted_ca")),
        message.hasCustomValidatorConfig()
            ? bundles(message.getCustomValidatorConfig(), place.field("custom_validator_config"))
            : Map.of(),
        message.getVerifyCertificateSpkiList(),
        hashes(message, place),
        SanMatchers.parse(message, place),
        crl,
        message.getOnlyVerifyLeafCertCrl(),
        message.getAllowExpiredCertificate(),
        message.getTrustChainVerification()
            == CertificateValidationContext.TrustChainVerification.ACCEPT_UNTRUSTED,
        message.hasMaxVerifyDepth()
            ? message.getMaxVerifyDepth().getValue()
            : CertificateValidation.DEFAULT_MAX_DEPTH);
  }

  /// What means nothing, or less than it says, while anybody may sign.
  @SuppressWarnings("deprecation") // both spellings
  private static void refuseWithoutCa(
      CertificateValidationContext message, @Nullable SecretBytes crl, Scope place) {
    if (crl != null) {
      place.problem("Failed to load CRL from %s without trusted CA".formatted(crl.origin()));
    }
    if (message.hasCustomValidatorConfig()) {
      return; // which brings its own
    }
    if (message.getMatchTypedSubjectAltNamesCount() + message.getMatchSubjectAltNamesCount() > 0) {
      place.problem(
          "SAN-based verification of peer certificates without trusted CA is insecure and not"
              + " allowed");
    }
    if (message.getAllowExpiredCertificate()) {
      place.problem("Certificate validity period is always ignored without trusted CA");
    }
  }

  /// With or without colons.
  private static List<String> hashes(CertificateValidationContext message, Scope place) {
    var hashes = new ArrayList<String>();
    for (var hash : message.getVerifyCertificateHashList()) {
      var plain = hash.replace(":", "").toLowerCase(Locale.ROOT);
      if (!plain.matches("[0-9a-f]{64}")) {
        place.problem("verify_certificate_hash", "Invalid hex-encoded SHA-256 " + hash);
      }
      hashes.add(plain);
    }
    return hashes;
  }

  private static Map<String, SecretBytes> bundles(TypedExtensionConfig config, Scope place) {
    if (!ProviderRegistry.typeName(config.getTypedConfig().getTypeUrl()).equals(SPIFFE_TYPE)) {
      place.problem(
          "Failed to get certificate validator factory for '%s': only '%s' is supported"
              .formatted(config.getName(), SPIFFE));
      return Map.of();
    }
    var bundles = new HashMap<String, SecretBytes>();
    try {
      var message = SPIFFECertValidatorConfig.parseFrom(config.getTypedConfig().getValue());
      place.refuse(message.hasTrustBundles(), "trust_bundles");
      if (message.getTrustDomainsCount() == 0) {
        place.problem("trust_domains: value must contain at least 1 item(s), found 0");
      }
      for (var domain : message.getTrustDomainsList()) {
        var bundle =
            DataSources.read(domain.getTrustBundle(), place.field("trust_domains.trust_bundle"));
        if (bundle != null && bundles.put(domain.getName(), bundle) != null) {
          place.problem(
              "Multiple trust bundles are given for one trust domain for " + domain.getName());
        }
      }
    } catch (InvalidProtocolBufferException e) {
      place.problem(String.valueOf(e.getMessage()));
    }
    return bundles;
  }
}
