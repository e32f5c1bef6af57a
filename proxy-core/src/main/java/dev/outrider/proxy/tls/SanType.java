package dev.outrider.proxy.tls;

/// A kind of subject alternative name (RFC 5280 4.2.1.6).
public enum SanType {
  OTHER_NAME(0),
  EMAIL(1),
  DNS(2),
  URI(6),
  IP_ADDRESS(7),
  ANY(-1);

  private final int tag;

  SanType(int tag) {
    this.tag = tag;
  }

  int tag() {
    return tag;
  }

  boolean oldMatchersLook() {
    return this == DNS || this == URI || this == EMAIL || this == IP_ADDRESS;
  }
}
