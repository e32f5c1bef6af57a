package dev.outrider.proxy.tls;

/// A certificate, key or parameter that no context can be made of; the message is for the person
/// who configured it.
public final class TlsConfigException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public TlsConfigException(String message) {
    super(message);
  }

  public TlsConfigException(String message, Throwable cause) {
    super(message, cause);
  }
}
