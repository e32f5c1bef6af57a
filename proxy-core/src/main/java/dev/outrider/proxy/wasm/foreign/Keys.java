package dev.outrider.proxy.wasm.foreign;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.RSAKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.KeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import org.jspecify.annotations.Nullable;

/// Reads the keys that guests give: RSA and EC, in the forms that BoringSSL takes.
final class Keys {
  /// A signature by a longer key would hold the loop for a tenth of a second.
  static final int MOST_RSA_BITS = 8192;

  private static final String[] ALGORITHMS = {"RSA", "EC"};
  private static final byte[] ZERO = {Der.INTEGER, 1, 0};
  // rsaEncryption with its NULL parameter, 1.2.840.113549.1.1.1.
  private static final byte[] RSA = {
    Der.SEQUENCE, 13, 6, 9, 42, (byte) 134, 72, (byte) 134, (byte) 247, 13, 1, 1, 1, 5, 0
  };
  // id-ecPublicKey, 1.2.840.10045.2.1.
  private static final byte[] EC = {6, 7, 42, (byte) 134, 72, (byte) 206, 61, 2, 1};

  private Keys() {}

  /// SubjectPublicKeyInfo; null if it is none, or of another kind.
  static @Nullable PublicKey publicFromDer(byte[] der) {
    var spec = new X509EncodedKeySpec(Der.firstElement(der));
    return find(spec, KeyFactory::generatePublic);
  }

  /// A `PUBLIC KEY` block; null if there is none.
  static @Nullable PublicKey publicFromPem(String pem) {
    var block = PemBlock.first(pem, "PUBLIC KEY");
    return block == null ? null : publicFromDer(block.der());
  }

  /// PKCS#8; null if it is none, or of another kind.
  static @Nullable PrivateKey privateFromDer(byte[] der) {
    var spec = new PKCS8EncodedKeySpec(Der.firstElement(der));
    return find(spec, KeyFactory::generatePrivate);
  }

  /// A `PRIVATE KEY` block, or one of the older forms of RSA and EC; null if there is none.
  static @Nullable PrivateKey privateFromPem(String pem) {
    var block = PemBlock.first(pem, "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY");
    if (block == null) {
      return null;
    }
    return switch (block.label()) {
      case "RSA PRIVATE KEY" -> privateFromDer(pkcs8(RSA, block.der()));
      case "EC PRIVATE KEY" -> privateFromSec1(block.der());
      default -> privateFromDer(block.der());
    };
  }

  /// SEC 1 says the curve inside of the key, PKCS#8 in front of it.
  private static @Nullable PrivateKey privateFromSec1(byte[] key) {
    var curve = Der.child(key, Der.CONTEXT_0);
    return curve == null
        ? null
        : privateFromDer(pkcs8(Der.element(Der.SEQUENCE, EC, Der.content(curve)), key));
  }

  private static byte[] pkcs8(byte[] algorithm, byte[] key) {
    return Der.element(Der.SEQUENCE, ZERO, algorithm, Der.element(Der.OCTET_STRING, key));
  }

  private static <K extends java.security.Key> @Nullable K find(KeySpec spec, Maker<K> maker) {
    for (var algorithm : ALGORITHMS) {
      try {
        var key = maker.make(KeyFactory.getInstance(algorithm), spec);
        return key instanceof RSAKey rsa && rsa.getModulus().bitLength() > MOST_RSA_BITS
            ? null
            : key;
      } catch (InvalidKeySpecException _) {
        // perhaps it is of the other kind
      } catch (GeneralSecurityException missing) {
        throw new IllegalStateException("this JDK has no " + algorithm + " keys", missing);
      }
    }
    return null;
  }

  /// Makes a key of its kind.
  private interface Maker<K> {
    K make(KeyFactory factory, KeySpec spec) throws InvalidKeySpecException;
  }
}
