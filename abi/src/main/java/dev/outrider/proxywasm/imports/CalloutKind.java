package dev.outrider.proxywasm.imports;

import org.jspecify.annotations.Nullable;

/// What a token stands for: its low two bits (ABI reference 3.8).
public enum CalloutKind {
  HTTP_CALL,
  GRPC_CALL,
  GRPC_STREAM;

  /// The distance between two tokens of one kind.
  static final int STEP = 4;

  private static final CalloutKind[] BY_BITS = values();

  /// The kind of a token, or null if no token looks like that.
  public static @Nullable CalloutKind of(int token) {
    int bits = token & (STEP - 1);
    return bits < BY_BITS.length ? BY_BITS[bits] : null;
  }
}
