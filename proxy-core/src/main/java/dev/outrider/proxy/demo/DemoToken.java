package dev.outrider.proxy.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs the demo's own bearer tokens (JWT, RFC 7519, with HS256), so that nobody needs an identity
/// provider to try it.
final class DemoToken {
  static final String ISSUER = "https://issuer.example";
  static final String AUDIENCE = "orders";

  /// Not a secret: it is printed and committed.
  static final String SECRET = "first-light-demo-secret-0123456789";

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private DemoToken() {}

  /// @param nowSeconds since 1970
  static String mint(String subject, long nowSeconds, Duration life, String secret) {
    var payload =
        "{\"iss\":\"%s\",\"aud\":\"%s\",\"sub\":\"%s\",\"exp\":%d}"
            .formatted(ISSUER, AUDIENCE, subject, nowSeconds + life.toSeconds());
    var unsigned =
        encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(UTF_8))
            + "."
            + encode(payload.getBytes(UTF_8));
    return unsigned + "." + encode(sign(unsigned.getBytes(UTF_8), secret));
  }

  private static byte[] sign(byte[] text, String secret) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
      return mac.doFinal(text);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has HmacSHA256", impossible);
    }
  }

  private static String encode(byte[] bytes) {
    return BASE64.encodeToString(bytes);
  }
}
