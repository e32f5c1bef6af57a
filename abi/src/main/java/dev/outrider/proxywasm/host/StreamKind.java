package dev.outrider.proxywasm.host;

import org.jspecify.annotations.Nullable;

/// The direction a guest continues or closes.
public enum StreamKind {
  REQUEST(0),
  RESPONSE(1),
  DOWNSTREAM(2),
  UPSTREAM(3);

  private static final StreamKind[] BY_CODE = values();

  private final int code;

  StreamKind(int code) {
    this.code = code;
  }

  /// The ABI's number.
  public int code() {
    return code;
  }

  /// The direction with this number, or null if the ABI defines none.
  public static @Nullable StreamKind of(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }
}
