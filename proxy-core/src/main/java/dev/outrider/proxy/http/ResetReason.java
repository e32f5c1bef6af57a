package dev.outrider.proxy.http;

/// Why a stream ended before its message was complete: Envoy `Http::StreamResetReason` and its
/// texts.
public enum ResetReason {
  LOCAL_RESET("local reset"),
  LOCAL_REFUSED("local refused stream reset"),
  REMOTE_RESET("remote reset"),
  REMOTE_REFUSED("remote refused stream reset"),
  LOCAL_CONNECTION_FAILURE("local connection failure"),
  REMOTE_CONNECTION_FAILURE("remote connection failure"),
  CONNECTION_TIMEOUT("connection timeout"),
  CONNECTION_TERMINATION("connection termination"),
  OVERFLOW("overflow"),
  CONNECT_ERROR("remote error with CONNECT request"),
  PROTOCOL_ERROR("protocol error"),
  OVERLOAD("overload manager reset"),
  PREMATURE_HALF_CLOSE("HTTP/1 premature upstream half close");

  private final String text;
  private final String details;

  ResetReason(String text) {
    this.text = text;
    this.details = text.replace(' ', '_');
  }

  /// As in `upstream connect error or disconnect/reset before headers. reset reason: <text>`.
  public String text() {
    return text;
  }

  /// As in response code details: `upstream_reset_before_response_started{<details>}`.
  public String details() {
    return details;
  }
}
