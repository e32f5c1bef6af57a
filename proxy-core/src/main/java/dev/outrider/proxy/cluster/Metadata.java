package dev.outrider.proxy.cluster;

import java.util.Arrays;

/// What a configuration says about one of its parts to whoever asks: the serialised Envoy
/// core.v3.Metadata of a cluster, an endpoint, a route, a listener. Compared by content.
public final class Metadata {
  public static final Metadata NONE = new Metadata(new byte[0]);

  private final byte[] message;

  private Metadata(byte[] message) {
    this.message = message;
  }

  /// Takes the array: nobody writes to it afterwards.
  public static Metadata of(byte[] message) {
    return message.length == 0 ? NONE : new Metadata(message);
  }

  /// Lent.
  public byte[] message() {
    return message;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Metadata metadata && Arrays.equals(message, metadata.message);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(message);
  }

  @Override
  public String toString() {
    return "Metadata[" + message.length + " bytes]";
  }
}
