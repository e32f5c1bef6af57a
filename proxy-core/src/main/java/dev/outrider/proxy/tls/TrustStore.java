package dev.outrider.proxy.tls;

import dev.outrider.proxy.loop.Clock;
import dev.outrider.proxy.loop.SystemClock;
import dev.outrider.proxy.tls.PeerRefusedException.Reason;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Certificates that are trusted, each of which ends a chain (as with BoringSSL's
/// `X509_V_FLAG_PARTIAL_CHAIN`, which Envoy sets). What is wrong with a chain is told in
/// BoringSSL's words. Immutable; any thread.
///
/// @param lists what is revoked; null = nothing is asked
record TrustStore(
    List<X509Certificate> certificates,
    @Nullable RevocationLists lists,
    CertificateValidation validation) {
  private static final Clock CLOCK = new SystemClock();
  private static final String CRL = "certificate revocation check against provided CRLs failed: ";
  private static final String NAME_CONSTRAINTS = "2.5.29.30";

  /// What the leaf must be good for (RFC 5280 4.2.1.12).
  enum Purpose {
    CLIENT("1.3.6.1.5.5.7.3.2"),
    SERVER("1.3.6.1.5.5.7.3.1");

    private final String oid;

    Purpose(String oid) {
      this.oid = oid;
    }
  }

  /// `X509_V_ERR_*` and its text.
  enum Fault {
    NO_CRL(3, CRL + "unable to get certificate CRL"),
    SIGNATURE(7, "certificate signature failure"),
    CRL_SIGNATURE(8, "CRL signature failure"),
    NOT_YET_VALID(9, "certificate is not yet valid"),
    EXPIRED(10, "certificate has expired"),
    CRL_NOT_YET_VALID(11, CRL + "CRL is not yet valid"),
    CRL_EXPIRED(12, CRL + "CRL has expired"),
    SELF_SIGNED(18, "self signed certificate"),
    SELF_SIGNED_IN_CHAIN(19, "self signed certificate in certificate chain"),
    NO_ISSUER(20, "unable to get local issuer certificate"),
    TOO_LONG(22, "certificate chain too long"),
    REVOKED(23, CRL + "certificate revoked"),
    INVALID_CA(24, "invalid CA certificate"),
    PATH_LENGTH(25, "path length constraint exceeded"),
    PURPOSE(26, "unsupported certificate purpose"),
    NO_CRL_SIGN(35, "key usage does not include CRL signing"),
    NAME_CONSTRAINT(47, "permitted subtree violation"),
    OTHER(1, "unknown certificate verification error");

    private final int code;
    private final String text;

    Fault(int code, String text) {
      this.code = code;
      this.text = text;
    }
  }

  static TrustStore of(SecretBytes trusted, CertificateValidation validation) {
    return new TrustStore(
        List.copyOf(KeyEntry.certificates(trusted, "trusted CA certificates")),
        lists(validation),
        validation);
  }

  private static @Nullable RevocationLists lists(CertificateValidation validation) {
    var pem = validation.crl();
    return pem == null ? null : RevocationLists.of(pem, validation.leafCrlOnly());
  }

  void verify(List<X509Certificate> presented, Purpose purpose) throws PeerRefusedException {
    var leaf = presented.getFirst();
    var path = new ArrayList<X509Certificate>();
    var anchor = anchor(presented, path);
    checkPurpose(leaf, purpose);
    for (var i = 1; i < path.size(); i++) { // what may not be trusted for it cannot lend it
      checkPurpose(path.get(i), purpose);
    }
    checkNames(path, anchor);
    checkRevoked(path, anchor); // before dates, as BoringSSL does
    if (path.isEmpty()) { // the leaf itself is trusted
      checkDates(leaf);
    } else {
      validate(path, anchor);
    }
  }

  private void checkRevoked(List<X509Certificate> path, X509Certificate anchor)
      throws PeerRefusedException {
    if (lists == null) {
      return;
    }
    var chain = new ArrayList<>(path);
    chain.add(anchor);
    var finding = lists.check(chain, now());
    if (finding != null) {
      throw refused(finding.fault(), finding.depth());
    }
  }

  /// Follows issuers from the leaf to a trusted certificate, and from there among the trusted as
  /// far as it goes, as BoringSSL does; `path` is what lies before the end.
  private X509Certificate anchor(List<X509Certificate> presented, List<X509Certificate> path)
      throws PeerRefusedException {
    var current = presented.getFirst();
    var checks = new SignatureChecks();
    while (true) {
      if (certificates.contains(current)) {
        return top(current, path, checks);
      }
      path.add(current);
      if (path.size() - 1 > validation.maxDepth()) {
        throw refused(Fault.TOO_LONG, path.size() - 1);
      }
      var trusted = issuer(current, certificates, path, checks);
      if (trusted != null) {
        return top(trusted, path, checks);
      }
      if (checks.signed(current, current)) {
        throw refused(
            path.size() == 1 ? Fault.SELF_SIGNED : Fault.SELF_SIGNED_IN_CHAIN, path.size() - 1);
      }
      var next = issuer(current, presented, path, checks);
      if (next == null) {
        throw refused(Fault.NO_ISSUER, path.size() - 1);
      }
      current = next;
    }
  }

  /// The last of a row of trusted certificates, each signed by the next.
  private X509Certificate top(
      X509Certificate trusted, List<X509Certificate> path, SignatureChecks checks)
      throws PeerRefusedException {
    var current = trusted;
    while (!current.getIssuerX500Principal().equals(current.getSubjectX500Principal())) {
      path.add(current);
      var next = issuer(current, certificates, path, checks);
      if (next == null) {
        path.removeLast();
        return current;
      }
      current = next;
    }
    return current;
  }

  private static @Nullable X509Certificate issuer(
      X509Certificate of,
      List<X509Certificate> among,
      List<X509Certificate> path,
      SignatureChecks checks)
      throws PeerRefusedException {
    for (var candidate : among) {
      if (!path.contains(candidate) && checks.signed(of, candidate)) {
        return candidate;
      }
    }
    return null;
  }

  /// How many signatures are looked at for one peer: names and number of what it shows are its own
  /// choice, and the time is ours.
  private static final class SignatureChecks {
    private static final int MOST = 64;

    private int done;

    boolean signed(X509Certificate certificate, X509Certificate by) throws PeerRefusedException {
      if (!certificate.getIssuerX500Principal().equals(by.getSubjectX500Principal())) {
        return false;
      }
      if (++done > MOST) {
        throw refused(Fault.TOO_LONG, 0);
      }
      try {
        certificate.verify(by.getPublicKey());
        return true;
      } catch (GeneralSecurityException _) {
        return false;
      }
    }
  }

  /// The JDK's validator does not hold a path against the name constraints of what ends it (RFC
  /// 5280 4.2.1.10), as BoringSSL does.
  private static void checkNames(List<X509Certificate> path, X509Certificate anchor)
      throws PeerRefusedException {
    var wrapped = anchor.getExtensionValue(NAME_CONSTRAINTS);
    if (wrapped == null) {
      return;
    }
    try {
      var selector = new X509CertSelector();
      selector.setNameConstraints(unwrapped(wrapped));
      for (var each : path) {
        if (!selector.match(each)) {
          throw refused(Fault.NAME_CONSTRAINT, 0);
        }
      }
    } catch (IOException _) {
      throw refused(Fault.NAME_CONSTRAINT, 0); // what cannot be read permits nothing
    }
  }

  /// The content of a DER octet string (X.690 8.1), in which an extension's value is wrapped.
  private static byte[] unwrapped(byte[] der) throws IOException {
    var length = der.length < 2 ? 0 : der[1] & 0xff;
    var header = length < 0x80 ? 2 : 2 + (length & 0x7f);
    if (der.length <= header) {
      throw new IOException("the extension is cut short");
    }
    return Arrays.copyOfRange(der, header, der.length);
  }

  private static void checkPurpose(X509Certificate leaf, Purpose purpose)
      throws PeerRefusedException {
    try {
      var usages = leaf.getExtendedKeyUsage();
      if (usages == null || usages.contains(purpose.oid)) {
        return;
      }
    } catch (CertificateParsingException _) {
      // good for nothing then
    }
    throw refused(Fault.PURPOSE, 0);
  }

  private static Instant now() {
    return Instant.ofEpochMilli(CLOCK.epochMicros() / 1_000);
  }

  private void checkDates(X509Certificate leaf) throws PeerRefusedException {
    var now = now();
    if (!validation.allowExpired() && now.isAfter(leaf.getNotAfter().toInstant())) {
      throw refused(Fault.EXPIRED, 0);
    }
    if (now.isBefore(leaf.getNotBefore().toInstant())) {
      throw refused(Fault.NOT_YET_VALID, 0);
    }
  }

  private void validate(List<X509Certificate> path, X509Certificate anchor)
      throws PeerRefusedException {
    try {
      var parameters = new PKIXParameters(Set.of(new TrustAnchor(anchor, null)));
      parameters.setRevocationEnabled(false); // see RevocationLists
      if (validation.allowExpired()) {
        parameters.setDate(Date.from(whenAllWereValid(path)));
      }
      var validator = CertPathValidator.getInstance("PKIX");
      var chain = CertificateFactory.getInstance("X.509").generateCertPath(path);
      validator.validate(chain, parameters);
    } catch (CertPathValidatorException e) {
      throw refused(fault(e), Math.max(0, e.getIndex()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK's own PKIX validator does not work", e);
    }
    if (!validation.allowExpired() && now().isAfter(anchor.getNotAfter().toInstant())) {
      throw refused(Fault.EXPIRED, path.size());
    }
  }

  private static Instant whenAllWereValid(List<X509Certificate> path) {
    var moment = now();
    for (var certificate : path) {
      var end = certificate.getNotAfter().toInstant();
      if (end.isBefore(moment)) {
        moment = end;
      }
    }
    return moment;
  }

  private static Fault fault(CertPathValidatorException failure) {
    if (!(failure.getReason() instanceof BasicReason reason)) {
      return switch (String.valueOf(failure.getReason())) {
        case "NOT_CA_CERT" -> Fault.INVALID_CA;
        case "PATH_TOO_LONG" -> Fault.PATH_LENGTH;
        case "INVALID_NAME" -> Fault.NAME_CONSTRAINT;
        default -> Fault.OTHER;
      };
    }
    return switch (reason) {
      case EXPIRED -> Fault.EXPIRED;
      case NOT_YET_VALID -> Fault.NOT_YET_VALID;
      case REVOKED, UNDETERMINED_REVOCATION_STATUS -> Fault.OTHER; // is not asked
      case INVALID_SIGNATURE, ALGORITHM_CONSTRAINED -> Fault.SIGNATURE;
      case UNSPECIFIED -> Fault.OTHER;
    };
  }

  private static PeerRefusedException refused(Fault fault, int depth) {
    return new PeerRefusedException(
        Reason.CHAIN,
        fault.code,
        "verify cert failed: X509_verify_cert: certificate verification error at depth %d: %s"
            .formatted(depth, fault.text));
  }
}
