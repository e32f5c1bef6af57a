package dev.outrider.proxy.wasm.foreign;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The hash functions that guests may name, in any case.
enum DigestName {
  SHA1,
  SHA224,
  SHA256,
  SHA384,
  SHA512;

  static @Nullable DigestName of(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "sha1" -> SHA1;
      case "sha224" -> SHA224;
      case "sha256" -> SHA256;
      case "sha384" -> SHA384;
      case "sha512" -> SHA512;
      default -> null;
    };
  }

  /// As Java calls a signature over this hash by such a key: RSA is PKCS#1 v1.5, EC is ECDSA in
  /// DER.
  String algorithmWith(java.security.Key key) {
    return name() + (key.getAlgorithm().equals("EC") ? "withECDSA" : "withRSA");
  }
}
