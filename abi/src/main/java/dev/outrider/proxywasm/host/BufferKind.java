package dev.outrider.proxywasm.host;

import org.jspecify.annotations.Nullable;

/// The buffers a guest can name.
public enum BufferKind {
  REQUEST_BODY(0),
  RESPONSE_BODY(1),
  DOWNSTREAM_DATA(2),
  UPSTREAM_DATA(3),
  HTTP_CALL_RESPONSE_BODY(4),
  GRPC_CALL_MESSAGE(5),
  VM_CONFIGURATION(6),
  PLUGIN_CONFIGURATION(7),
  CALL_DATA(8);

  private static final BufferKind[] BY_CODE = values();

  private final int code;

  BufferKind(int code) {
    this.code = code;
  }

  /// The ABI's number.
  public int code() {
    return code;
  }

  /// The buffer with this number, or null if the ABI defines none.
  public static @Nullable BufferKind of(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
  }
}
