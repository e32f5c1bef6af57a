package dev.outrider.proxywasm.host;

/// Who ended a connection.
public enum PeerType {
  /// The proxy does not say: always so for the upstream side in Envoy.
  UNKNOWN(0),
  /// The proxy itself.
  LOCAL(1),
  /// The other end.
  REMOTE(2);

  private final int code;

  PeerType(int code) {
    this.code = code;
  }

  /// The ABI's number.
  public int code() {
    return code;
  }
}
