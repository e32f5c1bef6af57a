package dev.outrider.proxy.tls;

/// A version of the protocol, in order.
public enum TlsVersion {
  TLS_1_0("TLSv1"),
  TLS_1_1("TLSv1.1"),
  TLS_1_2("TLSv1.2"),
  TLS_1_3("TLSv1.3");

  private final String text;

  TlsVersion(String text) {
    this.text = text;
  }

  /// As engines and access logs name it.
  public String text() {
    return text;
  }
}
