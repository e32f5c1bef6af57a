package dev.outrider.proxy.tls;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/// Reads private keys in PEM: PKCS #8 (RFC 5208, encrypted or not), PKCS #1 (RFC 8017 A.1.2) and
/// SEC 1 (RFC 5915). The first key of the text counts.
final class PrivateKeys {
  private static final Pattern BLOCK =
      Pattern.compile(
          "-----BEGIN ([A-Z ]*PRIVATE KEY)-----\\s*([A-Za-z0-9+/=\\s]+?)-----END \\1-----");
  private static final List<String> ALGORITHMS = List.of("EC", "RSA", "EdDSA");
  private static final byte[] VERSION_0 = {2, 1, 0};
  private static final byte[] RSA_ALGORITHM = {
    0x30, 13, 6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 13, 1, 1, 1, 5, 0
  };
  private static final byte[] EC_OID = {6, 7, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};
  private static final int SEQUENCE = 0x30;
  private static final int OCTETS = 4;
  private static final int CURVE_TAG = 0xa0;

  private PrivateKeys() {}

  static PrivateKey parse(SecretBytes pem, @Nullable SecretBytes password) {
    var block = BLOCK.matcher(pem.text());
    if (!block.find()) {
      throw failed(pem, "no private key in PEM found", null);
    }
    try {
      var der = Base64.getMimeDecoder().decode(block.group(2));
      return switch (block.group(1)) {
        case "PRIVATE KEY" -> decode(der);
        case "RSA PRIVATE KEY" -> decode(pkcs8(RSA_ALGORITHM, der));
        case "EC PRIVATE KEY" -> decode(pkcs8(der(SEQUENCE, EC_OID, curve(der)), der));
        case "ENCRYPTED PRIVATE KEY" -> decode(decrypt(der, password));
        default -> throw failed(pem, "unknown kind of key '" + block.group(1) + "'", null);
      };
    } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
      throw failed(pem, String.valueOf(e.getMessage()), e);
    }
  }

  private static TlsConfigException failed(SecretBytes pem, String why, @Nullable Throwable cause) {
    var message = "Failed to load private key from %s, Cause: %s".formatted(pem.origin(), why);
    return cause == null ? new TlsConfigException(message) : new TlsConfigException(message, cause);
  }

  private static PrivateKey decode(byte[] pkcs8) throws GeneralSecurityException {
    for (var algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (InvalidKeySpecException _) {
        // of another kind
      }
    }
    throw new GeneralSecurityException("the key is broken or of an unknown kind");
  }

  private static byte[] decrypt(byte[] der, @Nullable SecretBytes password)
      throws GeneralSecurityException, IOException {
    if (password == null) {
      throw new GeneralSecurityException("the key is encrypted and no password is configured");
    }
    var info = new EncryptedPrivateKeyInfo(der);
    var parameters = info.getAlgParameters();
    // Of PBES2 (RFC 8018) the name stands in the parameters.
    var name = parameters == null ? info.getAlgName() : parameters.toString();
    var factory = SecretKeyFactory.getInstance(name.startsWith("PBE") ? name : info.getAlgName());
    var key = factory.generateSecret(new PBEKeySpec(password.text().strip().toCharArray()));
    var cipher = Cipher.getInstance(name.startsWith("PBE") ? name : info.getAlgName());
    cipher.init(Cipher.DECRYPT_MODE, key, parameters);
    return info.getKeySpec(cipher).getEncoded();
  }

  private static byte[] pkcs8(byte[] algorithm, byte[] key) throws IOException {
    return der(SEQUENCE, VERSION_0, algorithm, der(OCTETS, key));
  }

  /// The name of the curve in `ECPrivateKey`: the content of its field `[0]`.
  private static byte[] curve(byte[] ecKey) throws IOException {
    var at = header(ecKey, 0); // the sequence
    while (at < ecKey.length) {
      var tag = ecKey[at] & 0xff;
      var content = header(ecKey, at);
      var end = content + length(ecKey, at + 1);
      if (tag == CURVE_TAG) {
        return Arrays.copyOfRange(ecKey, content, end);
      }
      at = end;
    }
    throw new IOException("the key does not name its curve");
  }

  private static int header(byte[] der, int at) throws IOException {
    if (at + 1 >= der.length) {
      throw new IOException("the key is cut short");
    }
    return at + 2 + ((der[at + 1] & 0x80) == 0 ? 0 : der[at + 1] & 0x7f);
  }

  private static int length(byte[] der, int at) throws IOException {
    var first = der[at] & 0xff;
    if (first < 0x80) {
      return first;
    }
    var value = 0;
    for (var i = 1; i <= (first & 0x7f); i++) {
      if (at + i >= der.length || value > 0xffff) {
        throw new IOException("the key is cut short");
      }
      value = (value << 8) | (der[at + i] & 0xff);
    }
    return value;
  }

  private static byte[] der(int tag, byte[]... parts) throws IOException {
    var content = new ByteArrayOutputStream();
    for (var part : parts) {
      content.write(part);
    }
    var out = new ByteArrayOutputStream();
    out.write(tag);
    var size = content.size();
    if (size < 0x80) {
      out.write(size);
    } else {
      out.write(0x82);
      out.write(size >> 8);
      out.write(size);
    }
    content.writeTo(out);
    return out.toByteArray();
  }
}
