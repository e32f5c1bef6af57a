package dev.outrider.proxy.cluster;

import java.util.Arrays;

/// Something that a PROXY header of version 2 says beside the addresses: a type and bytes. Compared
/// by content.
public final class ProxyTlv {
  /// What type and length take on the wire.
  public static final int HEAD_BYTES = 3;

  private final int type;
  private final byte[] value;

  /// Takes the array: nobody writes to it afterwards.
  ///
  /// @param type 0..255
  public ProxyTlv(int type, byte[] value) {
    this.type = type;
    this.value = value;
  }

  public int type() {
    return type;
  }

  /// Lent.
  public byte[] value() {
    return value;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ProxyTlv tlv && type == tlv.type && Arrays.equals(value, tlv.value);
  }

  @Override
  public int hashCode() {
    return 31 * type + Arrays.hashCode(value);
  }

  @Override
  public String toString() {
    return "ProxyTlv[" + type + ", " + value.length + " bytes]";
  }
}
