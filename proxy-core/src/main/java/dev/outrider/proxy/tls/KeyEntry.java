package dev.outrider.proxy.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// A certificate that can be shown: parsed, and checked against its key.
///
/// @param alias unique in its context
/// @param chain the leaf first
/// @param names that clients may ask for, in lower case; the leaf's DNS names, or its common name
///   if it has none
record KeyEntry(String alias, PrivateKey key, List<X509Certificate> chain, List<String> names) {
  private static final int MIN_RSA_BITS = 2048;
  private static final byte[] PROBE = {1, 2, 3, 4};

  private static final Pattern BEGIN = Pattern.compile("-----BEGIN ");

  /// A block of PEM (RFC 7468) that is no certificate: the JDK's reader takes nothing else.
  private static final Pattern OTHER =
      Pattern.compile("(?s)-----BEGIN ((?!CERTIFICATE-)[A-Z0-9 ]+)-----.*?-----END \\1-----\\s*");

  static KeyEntry of(int number, TlsCertificate certificate) {
    var keyBytes = certificate.key();
    if (keyBytes == null) {
      return fromStore(number, certificate);
    }
    var chain = certificates(certificate.chain(), "certificate chain");
    var key = PrivateKeys.parse(keyBytes, certificate.password());
    return checked(number, key, chain, keyBytes.origin());
  }

  private static KeyEntry fromStore(int number, TlsCertificate certificate) {
    var origin = certificate.chain().origin();
    var password = certificate.password();
    var letters = password == null ? new char[0] : password.text().strip().toCharArray();
    try {
      var store = KeyStore.getInstance("PKCS12");
      store.load(new ByteArrayInputStream(certificate.chain().bytes()), letters);
      for (var alias : Collections.list(store.aliases())) {
        if (store.getKey(alias, letters) instanceof PrivateKey key) {
          var chain = new ArrayList<X509Certificate>();
          for (var each : store.getCertificateChain(alias)) {
            if (each instanceof X509Certificate x509) {
              chain.add(x509);
            }
          }
          return checked(number, key, chain, origin);
        }
      }
    } catch (GeneralSecurityException | IOException e) {
      throw new TlsConfigException("Failed to load pkcs12 from " + origin, e);
    }
    throw new TlsConfigException("Failed to load pkcs12 from " + origin + ": it holds no key");
  }

  private static KeyEntry checked(
      int number, PrivateKey key, List<X509Certificate> chain, String origin) {
    var leaf = chain.getFirst();
    if (leaf.getPublicKey() instanceof RSAPublicKey rsa
        && rsa.getModulus().bitLength() < MIN_RSA_BITS) {
      throw new TlsConfigException(
          "Failed to load certificate chain from %s, only RSA certificates with 2048-bit or larger keys are supported"
              .formatted(origin));
    }
    if (!belongTogether(key, leaf.getPublicKey())) {
      throw new TlsConfigException(
          "Failed to load private key from %s, Cause: error:0b000074:X.509 certificate routines:OPENSSL_internal:KEY_VALUES_MISMATCH"
              .formatted(origin));
    }
    return new KeyEntry("c" + number, key, List.copyOf(chain), names(leaf));
  }

  private static boolean belongTogether(PrivateKey key, PublicKey publicKey) {
    if (!key.getAlgorithm().equals(publicKey.getAlgorithm())) {
      return false;
    }
    var algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> key.getAlgorithm();
        };
    try {
      var signer = Signature.getInstance(algorithm);
      signer.initSign(key);
      signer.update(PROBE);
      var signed = signer.sign();
      signer.initVerify(publicKey);
      signer.update(PROBE);
      return signer.verify(signed);
    } catch (InvalidKeyException _) {
      return false;
    } catch (GeneralSecurityException e) {
      throw new TlsConfigException("a key of kind " + key.getAlgorithm() + " cannot be used", e);
    }
  }

  /// Every certificate of a PEM text; at least one, and none of them cut short. What else it holds,
  /// a key for one, is left alone.
  ///
  /// @param what it is, for the message of the failure
  static List<X509Certificate> certificates(SecretBytes pem, String what) {
    var found = new ArrayList<X509Certificate>();
    var text = OTHER.matcher(pem.text()).replaceAll("");
    try {
      var parsed =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(
                  new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)));
      for (var each : parsed) {
        if (each instanceof X509Certificate x509) {
          found.add(x509);
        }
      }
    } catch (CertificateException e) {
      throw new TlsConfigException("Failed to load " + what + " from " + pem.origin(), e);
    }
    var begun = BEGIN.matcher(text).results().count();
    if (found.isEmpty() || found.size() < begun) { // the JDK is silent about a last one cut short
      throw new TlsConfigException("Failed to load " + what + " from " + pem.origin());
    }
    return found;
  }

  private static List<String> names(X509Certificate leaf) {
    var names = new ArrayList<String>();
    try {
      SubjectAltNames.of(leaf)
          .forEach(
              (type, value) -> {
                if (type == SanType.DNS) {
                  names.add(value.toLowerCase(Locale.ROOT));
                }
              });
    } catch (CertificateParsingException e) {
      throw new TlsConfigException("a certificate's alternative names make no sense", e);
    }
    if (names.isEmpty()) {
      var name = DistinguishedNames.commonName(leaf.getSubjectX500Principal());
      if (name != null) {
        names.add(name.toLowerCase(Locale.ROOT));
      }
    }
    return List.copyOf(names);
  }

  boolean elliptic() {
    return key.getAlgorithm().equals("EC");
  }

  X509Certificate leaf() {
    return chain.getFirst();
  }

  @Override
  public String toString() {
    return alias + names;
  }
}
