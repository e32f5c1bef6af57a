package dev.outrider.proxy.tls;

import dev.outrider.proxy.tls.TrustStore.Fault;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What issuers have revoked (RFC 5280 5), asked as BoringSSL asks: each certificate of a chain,
/// the one that ends it included, must have a list of its issuer. Immutable; any thread.
record RevocationLists(List<X509CRL> lists, boolean leafOnly) {
  private static final int CRL_SIGN = 6;

  /// What was found, and how far from the leaf.
  record Finding(Fault fault, int depth) {}

  static RevocationLists of(SecretBytes pem, boolean leafOnly) {
    var lists = new ArrayList<X509CRL>();
    try {
      var found =
          CertificateFactory.getInstance("X.509")
              .generateCRLs(new ByteArrayInputStream(pem.bytes()));
      for (var each : found) {
        if (each instanceof X509CRL list) {
          lists.add(list);
        }
      }
    } catch (CertificateException | CRLException e) {
      throw new TlsConfigException("Failed to load CRL from " + pem.origin(), e);
    }
    if (lists.isEmpty()) {
      throw new TlsConfigException("Failed to load CRL from " + pem.origin());
    }
    return new RevocationLists(List.copyOf(lists), leafOnly);
  }

  /// Null if nothing is revoked.
  ///
  /// @param chain from the leaf to what ends it
  @Nullable Finding check(List<X509Certificate> chain, Instant now) {
    var count = leafOnly ? 1 : chain.size();
    for (var depth = 0; depth < count; depth++) {
      // What ends a chain has signed its own list, or none is found that is its issuer's.
      var issuer = chain.get(Math.min(depth + 1, chain.size() - 1));
      var fault = check(chain.get(depth), issuer, now);
      if (fault != null) {
        return new Finding(fault, depth);
      }
    }
    return null;
  }

  private @Nullable Fault check(X509Certificate certificate, X509Certificate issuer, Instant now) {
    var list = best(certificate, now);
    if (list == null) {
      return Fault.NO_CRL;
    }
    var usage = issuer.getKeyUsage();
    if (usage != null && !usage[CRL_SIGN]) {
      return Fault.NO_CRL_SIGN;
    }
    var time = time(list, now);
    if (time != null) {
      return time;
    }
    try {
      list.verify(issuer.getPublicKey());
    } catch (GeneralSecurityException _) {
      return Fault.CRL_SIGNATURE;
    }
    return list.isRevoked(certificate) ? Fault.REVOKED : null;
  }

  /// The newest one that is valid, else any.
  private @Nullable X509CRL best(X509Certificate certificate, Instant now) {
    X509CRL best = null;
    for (var list : lists) {
      if (!list.getIssuerX500Principal().equals(certificate.getIssuerX500Principal())) {
        continue;
      }
      if (best == null || better(list, best, now)) {
        best = list;
      }
    }
    return best;
  }

  private static boolean better(X509CRL one, X509CRL other, Instant now) {
    var valid = time(one, now) == null;
    if (valid != (time(other, now) == null)) {
      return valid;
    }
    return one.getThisUpdate().toInstant().isAfter(other.getThisUpdate().toInstant());
  }

  private static @Nullable Fault time(X509CRL list, Instant now) {
    if (now.isBefore(list.getThisUpdate().toInstant())) {
      return Fault.CRL_NOT_YET_VALID;
    }
    var next = list.getNextUpdate();
    return next != null && now.isAfter(next.toInstant()) ? Fault.CRL_EXPIRED : null;
  }
}
