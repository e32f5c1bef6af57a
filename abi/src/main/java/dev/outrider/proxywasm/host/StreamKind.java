package dev.outrider.proxywasm.host;

import org.jspecify.annotations.Nullable;

/// The direction a guest continues or closes; the ordinal is the ABI's number.
public enum StreamKind {
  REQUEST,
  RESPONSE,
  DOWNSTREAM,
  UPSTREAM;

  private static final StreamKind[] BY_CODE = values();

  /// The direction with this number, or null if the ABI defines none.
  public static @Nullable StreamKind of(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }
}
