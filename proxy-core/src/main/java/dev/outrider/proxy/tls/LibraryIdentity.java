package dev.outrider.proxy.tls;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who we are and whom we trust, for a library that makes contexts of its own. Takes milliseconds.
///
/// @param key ours; null = none is shown
/// @param chain of its certificates, the leaf first
/// @param trusted null = whom the system trusts
public record LibraryIdentity(
    @Nullable PrivateKey key,
    List<X509Certificate> chain,
    @Nullable List<X509Certificate> trusted) {

  /// Reads and checks it.
  ///
  /// @throws TlsConfigException if it cannot be used
  public static LibraryIdentity of(
      @Nullable TlsCertificate shown, @Nullable SecretBytes trustedCa) {
    var own = shown == null ? null : KeyEntry.of(0, shown);
    return new LibraryIdentity(
        own == null ? null : own.key(),
        own == null ? List.of() : own.chain(),
        trustedCa == null ? null : KeyEntry.certificates(trustedCa, "trusted CA certificates"));
  }

  @Override
  public String toString() {
    return "LibraryIdentity[redacted]";
  }
}
