package dev.outrider.proxy.config;

/// What the next hop is told about a client's certificate in `x-forwarded-client-cert` (Envoy
/// `HttpConnectionManager.forward_client_cert_details` and `set_current_client_cert_details`).
///
/// @param cert the certificate itself, URL-encoded
/// @param chain everything that the client has shown, URL-encoded
/// @param uri its alternative names of that kind
/// @param dns its alternative names of that kind
public record ClientCertForwarding(
    Mode mode, boolean cert, boolean chain, boolean subject, boolean uri, boolean dns) {

  /// What is done with the header that came, and with our own.
  public enum Mode {
    /// No header goes out.
    SANITIZE,
    /// What came goes on if the client has shown a certificate.
    FORWARD_ONLY,
    /// Ours is added to what came.
    APPEND_FORWARD,
    /// Ours takes the place of what came.
    SANITIZE_SET,
    /// What came goes on.
    ALWAYS_FORWARD_ONLY
  }

  /// Envoy's default.
  public static final ClientCertForwarding SANITIZE =
      new ClientCertForwarding(Mode.SANITIZE, false, false, false, false, false);
}
