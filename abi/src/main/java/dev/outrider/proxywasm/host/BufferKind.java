package dev.outrider.proxywasm.host;

import org.jspecify.annotations.Nullable;

/// The buffers a guest can name; the ordinal is the ABI's number.
public enum BufferKind {
  REQUEST_BODY,
  RESPONSE_BODY,
  DOWNSTREAM_DATA,
  UPSTREAM_DATA,
  HTTP_CALL_RESPONSE_BODY,
  GRPC_CALL_MESSAGE,
  VM_CONFIGURATION,
  PLUGIN_CONFIGURATION,
  CALL_DATA;

  private static final BufferKind[] BY_CODE = values();

  /// The buffer with this number, or null if the ABI defines none.
  public static @Nullable BufferKind of(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }
}
