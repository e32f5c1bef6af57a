package dev.outrider.proxywasm.host;

import org.jspecify.annotations.Nullable;

/// The maps a guest can name; the ordinal is the ABI's number.
public enum HeaderMapKind {
  REQUEST_HEADERS,
  REQUEST_TRAILERS,
  RESPONSE_HEADERS,
  RESPONSE_TRAILERS,
  GRPC_CALL_INITIAL_METADATA,
  GRPC_CALL_TRAILING_METADATA,
  HTTP_CALL_RESPONSE_HEADERS,
  HTTP_CALL_RESPONSE_TRAILERS;

  private static final HeaderMapKind[] BY_CODE = values();

  /// The map with this number, or null if the ABI defines none.
  public static @Nullable HeaderMapKind of(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }
}
