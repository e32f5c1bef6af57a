package dev.outrider.proxywasm.host;

import org.jspecify.annotations.Nullable;

/// The maps a guest can name.
public enum HeaderMapKind {
  REQUEST_HEADERS(0),
  REQUEST_TRAILERS(1),
  RESPONSE_HEADERS(2),
  RESPONSE_TRAILERS(3),
  GRPC_CALL_INITIAL_METADATA(4),
  GRPC_CALL_TRAILING_METADATA(5),
  HTTP_CALL_RESPONSE_HEADERS(6),
  HTTP_CALL_RESPONSE_TRAILERS(7);

  private static final HeaderMapKind[] BY_CODE = values();

  private final int code;

  HeaderMapKind(int code) {
    this.code = code;
  }

  /// The ABI's number.
  public int code() {
    return code;
  }

  /// The map with this number, or null if the ABI defines none.
  public static @Nullable HeaderMapKind of(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }
}
