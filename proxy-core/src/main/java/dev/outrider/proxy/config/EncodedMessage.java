package dev.outrider.proxy.config;

import java.util.Arrays;

/// A configuration message as it came over the wire, compared by its bytes. Equal bytes mean
/// "nothing changed".
public final class EncodedMessage {

  /// A message without fields.
  public static final EncodedMessage EMPTY = new EncodedMessage(new byte[0]);

  private final byte[] bytes;
  private final int hash;

  private EncodedMessage(byte[] bytes) {
    this.bytes = bytes;
    this.hash = Arrays.hashCode(bytes);
  }

  /// Takes `bytes`: the caller must not change them afterwards.
  public static EncodedMessage take(byte[] bytes) {
    return new EncodedMessage(bytes);
  }

  public int size() {
    return bytes.length;
  }

  /// Returns a copy.
  public byte[] toByteArray() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof EncodedMessage that
        && hash == that.hash
        && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return bytes.length + " bytes";
  }
}
