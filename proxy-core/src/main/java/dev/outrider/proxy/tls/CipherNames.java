package dev.outrider.proxy.tls;

/// Cipher suites of TLS 1.2 and before in BoringSSL's spelling.
final class CipherNames {
  private CipherNames() {}

  /// `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` is `ECDHE-RSA-AES128-GCM-SHA256`; what has no `WITH`
  /// keeps its name.
  static String openSsl(String java) {
    var with = java.indexOf("_WITH_");
    if (with < 0) {
      return java;
    }
    var exchange = java.substring(java.indexOf('_') + 1, with).replace('_', '-');
    var cipher =
        java.substring(with + "_WITH_".length())
            .replace("AES_", "AES")
            .replace("3DES_EDE_CBC", "DES-CBC3")
            .replace("_CBC", "")
            .replace("POLY1305_SHA256", "POLY1305")
            .replace('_', '-');
    return exchange.equals("RSA") ? cipher : exchange + "-" + cipher;
  }
}
