package dev.outrider.proxy.tls;

import dev.outrider.proxy.tls.TrustStore.Fault;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.cert.X509Extension;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What issuers have revoked (RFC 5280 5), asked as BoringSSL asks: each certificate of a chain,
/// the one that ends it included, must have a list of its issuer. Immutable; any thread.
record RevocationLists(List<X509CRL> lists, boolean leafOnly) {
  private static final int CRL_SIGN = 6;
  private static final String DELTA = "2.5.29.27";
  private static final String SCOPE = "2.5.29.28";

  /// Of lists that hold a part only, critical or not.
  private static final List<String> PARTIAL = List.of(DELTA, SCOPE);

  private static final Map<String, String> EXTENSIONS =
      Map.of(
          DELTA,
          "deltaCRLIndicator",
          SCOPE,
          "issuingDistributionPoint",
          "2.5.29.29",
          "certificateIssuer");

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
          refuseExtended(list, pem);
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

  /// A list that is not a whole one of all that its issuer has signed says nothing about what is
  /// missing in it, and one with a critical extension that is not acted on must not be used (RFC
  /// 5280 5.2, 5.3).
  private static void refuseExtended(X509CRL list, SecretBytes pem) {
    var oids = new TreeSet<String>(critical(list));
    for (var oid : PARTIAL) {
      if (list.getExtensionValue(oid) != null) {
        oids.add(oid);
      }
    }
    var entries = list.getRevokedCertificates();
    if (entries != null) {
      entries.forEach(entry -> oids.addAll(critical(entry)));
    }
    if (!oids.isEmpty()) {
      var oid = oids.first();
      throw new TlsConfigException(
          "Failed to load CRL from %s: the list of '%s' has the extension %s, which is not supported: configure complete lists without critical extensions"
              .formatted(
                  pem.origin(),
                  DistinguishedNames.text(list.getIssuerX500Principal()),
                  EXTENSIONS.containsKey(oid) ? EXTENSIONS.get(oid) + " (" + oid + ")" : oid));
    }
  }

  private static Set<String> critical(X509Extension extended) {
    var oids = extended.getCriticalExtensionOIDs();
    return oids == null ? Set.of() : oids;
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
    var list = best(certificate, issuer, now);
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
    if (!signed(list, issuer)) {
      return Fault.CRL_SIGNATURE;
    }
    return list.isRevoked(certificate) ? Fault.REVOKED : null;
  }

  private static boolean signed(X509CRL list, X509Certificate issuer) {
    try {
      list.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException _) {
      return false;
    }
  }

  /// The newest one that is valid, else any. A name may be that of several issuers, such as an
  /// authority with its old key and its new one: the lists of the one that is asked for, if there
  /// are any.
  private @Nullable X509CRL best(X509Certificate certificate, X509Certificate issuer, Instant now) {
    var named = new ArrayList<X509CRL>();
    for (var list : lists) {
      if (list.getIssuerX500Principal().equals(certificate.getIssuerX500Principal())) {
        named.add(list);
      }
    }
    if (named.size() < 2) {
      return named.isEmpty() ? null : named.getFirst();
    }
    var own = named.stream().filter(list -> signed(list, issuer)).toList();
    return newest(own.isEmpty() ? named : own, now);
  }

  private static @Nullable X509CRL newest(List<X509CRL> candidates, Instant now) {
    X509CRL best = null;
    for (var list : candidates) {
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
