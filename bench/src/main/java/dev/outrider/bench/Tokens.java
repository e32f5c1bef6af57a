package dev.outrider.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signed tokens for the filter that verifies them.
final class Tokens {
  private Tokens() {}

  /// A JWT, HS256.
  static String signed(String claims, String secret) {
    var encoder = Base64.getUrlEncoder().withoutPadding();
    var text =
        encoder.encodeToString("{\"alg\":\"HS256\"}".getBytes(UTF_8))
            + "."
            + encoder.encodeToString(claims.getBytes(UTF_8));
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
      return text + "." + encoder.encodeToString(mac.doFinal(text.getBytes(UTF_8)));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has HmacSHA256", impossible);
    }
  }
}
