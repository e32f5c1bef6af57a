package dev.outrider.proxy.tls;

import static java.util.stream.Collectors.toUnmodifiableMap;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What can be said about a certificate that was shown, in the form in which Envoy writes it. Made
/// when asked for; what policies look at is kept. Belongs to the connection's loop.
public final class CertificateInfo {
  private static final int LINE = 64;

  private final List<X509Certificate> chain;
  private final X509Certificate leaf;
  private @Nullable Map<SanType, List<String>> names;
  private @Nullable String subject;

  /// @param chain the leaf first; not empty
  CertificateInfo(List<X509Certificate> chain) {
    this.chain = chain;
    this.leaf = chain.getFirst();
  }

  public String subject() {
    var known = subject;
    if (known == null) {
      known = DistinguishedNames.text(leaf.getSubjectX500Principal());
      subject = known;
    }
    return known;
  }

  public String issuer() {
    return DistinguishedNames.text(leaf.getIssuerX500Principal());
  }

  public List<String> sans(SanType type) {
    var known = names;
    if (known == null) {
      known = names(leaf);
      names = known;
    }
    return known.getOrDefault(type, List.of());
  }

  private static Map<SanType, List<String>> names(X509Certificate certificate) {
    try {
      var all = SubjectAltNames.of(certificate);
      return Arrays.stream(SanType.values()).collect(toUnmodifiableMap(type -> type, all::values));
    } catch (CertificateParsingException _) {
      return Map.of();
    }
  }

  /// Hexadecimal, as Envoy in whole bytes of which the first is not zero.
  public String serial() {
    return serial(leaf);
  }

  public List<String> chainSerials() {
    return chain.stream().map(CertificateInfo::serial).toList();
  }

  private static String serial(X509Certificate certificate) {
    var digits = certificate.getSerialNumber().toString(16);
    return digits.length() % 2 == 0 ? digits : "0" + digits;
  }

  /// Hexadecimal.
  ///
  /// @param algorithm `SHA-256` or `SHA-1`
  public String fingerprint(String algorithm) {
    return digest(leaf, algorithm);
  }

  public List<String> chainFingerprints(String algorithm) {
    return chain.stream().map(certificate -> digest(certificate, algorithm)).toList();
  }

  private static String digest(X509Certificate certificate, String algorithm) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance(algorithm).digest(certificate.getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate that was parsed has a digest", e);
    }
  }

  public Instant validFrom() {
    return leaf.getNotBefore().toInstant();
  }

  /// Whole days until it expires; 0 if it has.
  public long daysLeft(Instant now) {
    return Math.max(0, Duration.between(now, expires()).toDays());
  }

  public Instant expires() {
    return leaf.getNotAfter().toInstant();
  }

  /// PEM of the leaf, URL-encoded.
  public String urlEncodedPem() {
    return urlEncoded(pem(leaf));
  }

  /// PEM of all that was shown, URL-encoded.
  public String urlEncodedPemChain() {
    var text = new StringBuilder();
    chain.forEach(certificate -> text.append(pem(certificate)));
    return urlEncoded(text.toString());
  }

  private static String pem(X509Certificate certificate) {
    try {
      var lines =
          Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(certificate.getEncoded());
      return "-----BEGIN CERTIFICATE-----\n" + lines + "\n-----END CERTIFICATE-----\n";
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that was parsed can be written", e);
    }
  }

  /// As Envoy, which leaves alone what base64 and PEM consist of, but for five characters.
  private static String urlEncoded(String pem) {
    return pem.replace("\n", "%0A")
        .replace(" ", "%20")
        .replace("+", "%2B")
        .replace("/", "%2F")
        .replace("=", "%3D");
  }
}
