package dev.outrider.proxy.tls;

import org.jspecify.annotations.Nullable;

/// A certificate with its key (Envoy `tls.v3.TlsCertificate`).
///
/// @param chain PEM, the leaf first; or a PKCS #12 store if there is no key beside it
/// @param key PEM; null if it is in the store
/// @param password of the key or of the store; null if they have none
public record TlsCertificate(
    SecretBytes chain, @Nullable SecretBytes key, @Nullable SecretBytes password) {}
