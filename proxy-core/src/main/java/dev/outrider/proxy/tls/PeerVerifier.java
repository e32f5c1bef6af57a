package dev.outrider.proxy.tls;

import dev.outrider.proxy.tls.PeerRefusedException.Reason;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslCertificateException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// Decides whether the certificate of a peer is accepted, in Envoy's order: the chain, the
/// alternative names, then hash and public key, of which one must fit. Immutable; any thread.
final class PeerVerifier extends X509ExtendedTrustManager {
  /// Key of the session's value that says what was wrong and let pass, a [Reason].
  static final String ACCEPTED = "dev.outrider.accepted";

  private static final String SPIFFE = "spiffe://";

  /// `X509_V_ERR_PERMITTED_VIOLATION`, one of those of which BoringSSL tells the peer
  /// `certificate_unknown`, as Envoy does.
  private static final int UNKNOWN = 47;

  /// `X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY`.
  private static final int UNKNOWN_ISSUER = 20;

  private final CertificateValidation validation;
  private final @Nullable TrustStore store;
  private final Map<String, TrustStore> bundles = new HashMap<>();
  private final boolean nameIsSni;

  /// Bits of `KeyUsage` (RFC 5280 4.2.1.3).
  private static final int KEY_CERT_SIGN = 5;

  private static final int CRL_SIGN = 6;

  /// @param nameIsSni the peer must have the name that it was asked for, instead of those of
  ///   `validation`
  PeerVerifier(CertificateValidation validation, boolean nameIsSni) {
    this.validation = validation;
    this.nameIsSni = nameIsSni;
    var trusted = validation.trustedCa();
    var spiffe = !validation.trustBundles().isEmpty();
    this.store = trusted == null || spiffe ? null : TrustStore.of(trusted, validation);
    validation
        .trustBundles()
        .forEach((domain, bundle) -> bundles.put(domain, TrustStore.of(bundle, validation)));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    verify(chain, TrustStore.Purpose.CLIENT, PeerName.of(null), engine);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    verify(chain, TrustStore.Purpose.SERVER, PeerName.of(engine.getPeerHost()), engine);
  }

  private void verify(
      X509Certificate[] chain, TrustStore.Purpose purpose, PeerName peer, SSLEngine engine)
      throws CertificateException {
    try {
      if (!peer.required().isEmpty() && !validation.verifies()) {
        // A name means nothing if anybody may sign it: as in Envoy, no certificate is good enough.
        throw new PeerRefusedException(null, UNKNOWN_ISSUER, "");
      }
      check(List.of(chain), purpose, peer);
    } catch (PeerRefusedException refused) {
      if (validation.acceptUntrusted()
          && bundles.isEmpty()) { // the SPIFFE validator knows no such thing
        var reason = refused.reason();
        if (reason != null) {
          engine.getHandshakeSession().putValue(ACCEPTED, reason);
        }
        return;
      }
      if (OpenSsl.isAvailable()) { // only so does the peer get the alert that fits
        var coded =
            new OpenSslCertificateException(String.valueOf(refused.getMessage()), refused.code());
        coded.initCause(refused);
        throw coded;
      }
      throw refused;
    }
  }

  private void check(List<X509Certificate> chain, TrustStore.Purpose purpose, PeerName peer)
      throws PeerRefusedException {
    var leaf = chain.getFirst();
    var names = names(leaf);
    if (!bundles.isEmpty()) {
      checkLeaf(leaf);
    }
    checkChain(chain, names, purpose);
    checkNames(names, peer);
    if (!validation.hashes().isEmpty() || !validation.spki().isEmpty()) {
      checkHash(leaf);
    }
  }

  /// A name that the connection requires; then the one that was asked for, which takes the place of
  /// those configured, else these.
  private void checkNames(SubjectAltNames names, PeerName peer) throws PeerRefusedException {
    var required = peer.required();
    if (!required.isEmpty() && !names.have(required)) {
      throw new PeerRefusedException(
          Reason.SAN,
          UNKNOWN,
          "verify cert failed: verify SAN list, expected SANs: [%s], certificate SANs: [%s]"
              .formatted(required, names.listed()));
    }
    var bySni = nameIsSni && required.isEmpty() && !peer.sni().isEmpty();
    var fits =
        bySni
            ? names.haveDns(peer.sni())
            : validation.sans().isEmpty() || looked(names).matchedBy(validation.sans());
    if (!fits) {
      throw new PeerRefusedException(
          Reason.SAN,
          UNKNOWN,
          "verify cert failed: SAN matcher, certificate SANs are [%s]".formatted(names.listed()));
    }
  }

  /// What matchers look at: the validator of SPIFFE knows URIs only.
  private SubjectAltNames looked(SubjectAltNames names) {
    return bundles.isEmpty() ? names : names.only(SanType.URI);
  }

  private static SubjectAltNames names(X509Certificate leaf) {
    try {
      return SubjectAltNames.of(leaf);
    } catch (CertificateParsingException _) {
      return new SubjectAltNames(List.of()); // names that make no sense match nothing
    }
  }

  private void checkChain(
      List<X509Certificate> chain, SubjectAltNames names, TrustStore.Purpose purpose)
      throws PeerRefusedException {
    if (!bundles.isEmpty()) {
      bundle(names).verify(chain, purpose);
    } else if (store != null) {
      store.verify(chain, purpose);
    }
  }

  /// SPIFFE X.509-SVID: exactly one URI, whose authority names the bundle.
  private TrustStore bundle(SubjectAltNames names) throws PeerRefusedException {
    var uris = names.values(SanType.URI);
    if (uris.size() == 1 && uris.getFirst().startsWith(SPIFFE)) {
      var rest = uris.getFirst().substring(SPIFFE.length());
      var slash = rest.indexOf('/');
      var found = slash < 0 ? null : bundles.get(rest.substring(0, slash));
      if (found != null) {
        return found;
      }
    }
    throw new PeerRefusedException(
        Reason.CHAIN, UNKNOWN, "verify cert failed: no trust bundle store");
  }

  /// SPIFFE X.509-SVID 4: who speaks may not sign for others, and has to say what it may.
  private static void checkLeaf(X509Certificate leaf) throws PeerRefusedException {
    var usage = leaf.getKeyUsage();
    var signs = usage == null || usage[KEY_CERT_SIGN] || usage[CRL_SIGN];
    if (signs || leaf.getBasicConstraints() >= 0) {
      throw new PeerRefusedException(Reason.CHAIN, UNKNOWN, "verify cert failed: cert precheck");
    }
  }

  private void checkHash(X509Certificate leaf) throws PeerRefusedException {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      var hash = HexFormat.of().formatHex(digest.digest(leaf.getEncoded()));
      var spki =
          Base64.getEncoder().encodeToString(digest.digest(leaf.getPublicKey().getEncoded()));
      if (validation.hashes().contains(hash) || validation.spki().contains(spki)) {
        return;
      }
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    } catch (GeneralSecurityException _) {
      // what cannot be written has no hash
    }
    throw new PeerRefusedException(Reason.HASH, UNKNOWN, "verify cert failed: cert hash and spki");
  }

  /// What a server tells its clients.
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    var issuers = new ArrayList<X509Certificate>();
    if (store != null) {
      issuers.addAll(store.certificates());
    }
    bundles.values().forEach(bundle -> issuers.addAll(bundle.certificates()));
    return issuers.toArray(X509Certificate[]::new);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {
    throw new UnsupportedOperationException("engines only");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {
    throw new UnsupportedOperationException("engines only");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType) {
    throw new UnsupportedOperationException("engines only");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType) {
    throw new UnsupportedOperationException("engines only");
  }
}
