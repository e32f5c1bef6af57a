package dev.outrider.proxy.tls;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the certificate of a peer must be (Envoy `tls.v3.CertificateValidationContext`).
///
/// @param trustedCa PEM; null = the chain is not looked at
/// @param trustBundles by trust domain (Envoy `SPIFFECertValidatorConfig`); empty unless that is
///   the validator, then `trustedCa` is not used
/// @param spki base64 of the SHA-256 of public keys
/// @param hashes SHA-256 of certificates, hexadecimal in lower case
/// @param sans one must match; empty = any
/// @param crl PEM; null = nothing is revoked
/// @param leafCrlOnly certificates above the leaf are not looked up in `crl`
/// @param acceptUntrusted a chain that fails is accepted, and told about
/// @param maxDepth of the chain; 100 unless configured
public record CertificateValidation(
    @Nullable SecretBytes trustedCa,
    Map<String, SecretBytes> trustBundles,
    List<String> spki,
    List<String> hashes,
    List<SanMatcher> sans,
    @Nullable SecretBytes crl,
    boolean leafCrlOnly,
    boolean allowExpired,
    boolean acceptUntrusted,
    int maxDepth) {
  public static final int DEFAULT_MAX_DEPTH = 100;

  public CertificateValidation {
    trustBundles = Map.copyOf(trustBundles);
    spki = List.copyOf(spki);
    hashes = List.copyOf(hashes);
    sans = List.copyOf(sans);
  }

  /// Asks nothing of anybody.
  static final CertificateValidation NONE = trusting(null);

  /// Trusts what `trustedCa` has signed; null = anybody.
  public static CertificateValidation trusting(@Nullable SecretBytes trustedCa) {
    return new CertificateValidation(
        trustedCa,
        Map.of(),
        List.of(),
        List.of(),
        List.of(),
        null,
        false,
        false,
        false,
        DEFAULT_MAX_DEPTH);
  }

  /// What signs for peers.
  List<SecretBytes> authorities() {
    if (!trustBundles.isEmpty()) {
      return trustBundles.entrySet().stream()
          .sorted(Map.Entry.comparingByKey())
          .map(Map.Entry::getValue)
          .toList();
    }
    return trustedCa == null ? List.of() : List.of(trustedCa);
  }

  boolean looksAtChain() {
    return trustedCa != null || !trustBundles.isEmpty();
  }

  /// Whether a peer without a certificate is refused, whatever else is configured: who is known by
  /// name or hash must show it, as in Envoy.
  boolean needsCertificate() {
    return !trustBundles.isEmpty()
        || (!acceptUntrusted && !(sans.isEmpty() && hashes.isEmpty() && spki.isEmpty()));
  }

  /// Whether a certificate is asked for.
  boolean verifies() {
    return looksAtChain() || !spki.isEmpty() || !hashes.isEmpty() || !sans.isEmpty();
  }
}
