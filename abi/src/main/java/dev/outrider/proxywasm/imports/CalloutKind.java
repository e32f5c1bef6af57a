package dev.outrider.proxywasm.imports;

import org.jspecify.annotations.Nullable;

/// What a token stands for: its low two bits (ABI reference 3.8).
public enum CalloutKind {
  HTTP_CALL(0),
  GRPC_CALL(1),
  GRPC_STREAM(2);

  /// The distance between two tokens of one kind.
  static final int STEP = 4;

  private static final CalloutKind[] BY_BITS = values();

  private final int bits;

  CalloutKind(int bits) {
    this.bits = bits;
  }

  /// What the tokens of this kind end in.
  int bits() {
    return bits;
  }

  /// The kind of a token, or null if no token looks like that.
  public static @Nullable CalloutKind of(int token) {
    int bits = token & (STEP - 1);
    return bits < BY_BITS.length ? BY_BITS[bits] : null;
  }
}
