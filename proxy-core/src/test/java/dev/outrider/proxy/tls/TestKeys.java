package dev.outrider.proxy.tls;

import java.security.PrivateKey;

/// Lets tests of other packages read keys.
public final class TestKeys {
  private TestKeys() {}

  public static PrivateKey parse(SecretBytes pem) {
    return PrivateKeys.parse(pem, null);
  }
}
