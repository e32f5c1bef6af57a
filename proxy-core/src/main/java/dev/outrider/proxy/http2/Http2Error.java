package dev.outrider.proxy.http2;

/// Why a stream or a connection was ended: the error codes of RFC 9113 7.
public enum Http2Error {
  NO_ERROR,
  PROTOCOL_ERROR,
  INTERNAL_ERROR,
  FLOW_CONTROL_ERROR,
  SETTINGS_TIMEOUT,
  STREAM_CLOSED,
  FRAME_SIZE_ERROR,
  REFUSED_STREAM,
  CANCEL,
  COMPRESSION_ERROR,
  CONNECT_ERROR,
  ENHANCE_YOUR_CALM,
  INADEQUATE_SECURITY,
  HTTP_1_1_REQUIRED;

  private static final Http2Error[] ALL = values();

  /// As in a frame.
  @SuppressWarnings("EnumOrdinal") // the registry numbers them without a gap, from 0
  public int code() {
    return ordinal();
  }

  /// An unknown code is as good as `INTERNAL_ERROR` (RFC 9113 7).
  public static Http2Error of(long code) {
    return code >= 0 && code < ALL.length ? ALL[(int) code] : INTERNAL_ERROR;
  }
}
