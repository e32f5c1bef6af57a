package dev.outrider.proxy.tls;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/// What sessions are good for (BoringSSL's session id context): contexts that share ticket keys
/// take each other's sessions only if they show the same certificates and ask the same of a peer.
/// Else a client could be let in where it would be refused.
final class SessionScope {
  private final MessageDigest digest;

  private SessionScope() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /// 32 bytes, the most that BoringSSL takes.
  static byte[] of(ServerTlsSpec spec) {
    var scope = new SessionScope();
    for (var certificate : spec.identity().certificates()) {
      scope.add(certificate.chain());
    }
    scope.add(String.valueOf(spec.requireClientCertificate()));
    var validation = spec.identity().validation();
    if (validation != null) {
      scope.add(validation);
    }
    return scope.digest.digest();
  }

  private void add(CertificateValidation validation) {
    add(validation.trustedCa());
    validation.trustBundles().keySet().stream()
        .sorted()
        .forEach(
            domain -> {
              add(domain);
              add(validation.trustBundles().get(domain));
            });
    validation.spki().forEach(this::add);
    add("");
    validation.hashes().forEach(this::add);
    add("");
    validation.sans().forEach(matcher -> add(matcher.type() + matcher.source()));
    add("");
    add(validation.crl());
    add(
        "%b %b %b %d"
            .formatted(
                validation.leafCrlOnly(),
                validation.allowExpired(),
                validation.acceptUntrusted(),
                validation.maxDepth()));
  }

  private void add(@Nullable SecretBytes bytes) {
    add(bytes == null ? new byte[0] : bytes.bytes());
  }

  private void add(String text) {
    add(text.getBytes(StandardCharsets.UTF_8));
  }

  private void add(byte[] bytes) {
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
    digest.update(bytes);
  }
}
