package dev.outrider.proxy.tls;

import java.security.cert.CertificateException;
import org.jspecify.annotations.Nullable;

/// The certificate of a peer is not what it must be.
public final class PeerRefusedException extends CertificateException {
  private static final long serialVersionUID = 1;

  /// What was wrong: Envoy counts each by itself.
  public enum Reason {
    CHAIN,
    SAN,
    HASH
  }

  private final @Nullable Reason reason;
  private final int code;

  /// @param reason null = none that is counted
  /// @param code of `X509_V_ERR_*`: decides the alert that the peer gets
  PeerRefusedException(@Nullable Reason reason, int code, String message) {
    super(message);
    this.reason = reason;
    this.code = code;
  }

  public @Nullable Reason reason() {
    return reason;
  }

  int code() {
    return code;
  }
}
