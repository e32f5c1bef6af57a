package dev.outrider.proxy.wasm.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class KeysTest {
  private static final byte[] P256 = HexFormat.of().parseHex("06082a8648ce3d030107");

  private static KeyPair pair(String algorithm, int bits) {
    try {
      var generator = KeyPairGenerator.getInstance(algorithm);
      generator.initialize(bits);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /// What PKCS#8 wraps: PKCS#1 of RSA, SEC 1 of EC.
  private static byte[] inside(byte[] pkcs8) {
    return Der.content(Objects.requireNonNull(Der.child(pkcs8, Der.OCTET_STRING)));
  }

  private static String pem(String label, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, Base64.getMimeEncoder().encodeToString(der), label);
  }

  @Test
  void readsAnRsaKeyOfPkcs1() {
    for (var bits : new int[] {512, 1024, 2048}) {
      var pair = pair("RSA", bits);
      var old = pem("RSA PRIVATE KEY", inside(pair.getPrivate().getEncoded()));

      assertThat(Keys.privateFromPem(old)).isEqualTo(pair.getPrivate());
    }
  }

  @Test
  void readsAnEcKeyOfSec1BehindItsParameters() {
    var pair = pair("EC", 256);
    var sec1 =
        Der.element(
            Der.SEQUENCE,
            Der.content(inside(pair.getPrivate().getEncoded())),
            Der.element(Der.CONTEXT_0, P256));
    var old = pem("EC PARAMETERS", P256) + pem("EC PRIVATE KEY", sec1);

    var key = Objects.requireNonNull(Keys.privateFromPem(old));

    assertThat(key).isInstanceOf(ECPrivateKey.class);
    assertThat(((ECPrivateKey) key).getS()).isEqualTo(((ECPrivateKey) pair.getPrivate()).getS());
  }

  @Test
  void takesPkcs8OnlyWhereThereIsNoLabel() {
    var pair = pair("RSA", 1024);

    assertThat(Keys.privateFromDer(pair.getPrivate().getEncoded())).isEqualTo(pair.getPrivate());
    assertThat(Keys.privateFromDer(inside(pair.getPrivate().getEncoded()))).isNull();
    assertThat(Keys.privateFromDer(pair.getPublic().getEncoded())).isNull();
  }

  @Test
  void takesNoKeyOfAnotherKind() {
    var pair = pair("Ed25519", 255);

    assertThat(Keys.privateFromDer(pair.getPrivate().getEncoded())).isNull();
    assertThat(Keys.publicFromDer(pair.getPublic().getEncoded())).isNull();
  }

  @Test
  void takesNothingFromBrokenInput() {
    var der = pair("EC", 256).getPrivate().getEncoded();
    for (var length = 0; length < der.length; length++) {
      var cut = Arrays.copyOf(der, length);

      assertThat(Keys.privateFromDer(cut)).isNull();
      assertThat(Keys.privateFromPem(pem("EC PRIVATE KEY", cut))).isNull();
      assertThat(Keys.privateFromPem(pem("RSA PRIVATE KEY", cut))).isNull();
      assertThat(Keys.publicFromDer(cut)).isNull();
    }
    assertThat(Keys.publicFromPem("-----BEGIN PUBLIC KEY-----")).isNull();
    assertThat(Keys.publicFromPem("-----BEGIN PUBLIC KEY-----\n*\n-----END PUBLIC KEY-----"))
        .isNull();
    assertThat(Keys.publicFromPem("-----BEGIN ")).isNull();
  }
}
