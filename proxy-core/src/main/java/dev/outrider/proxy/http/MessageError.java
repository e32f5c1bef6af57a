package dev.outrider.proxy.http;

/// Why a message was refused by a codec or by the checks on a head: what the client is told, with
/// Envoy's response code details. After a protocol error the framing of the connection is lost:
/// answer, then close.
public enum MessageError {
  CODEC_ERROR(400, "http1.codec_error", "Bad Request", true),
  INVALID_CHARACTERS(400, "http1.invalid_characters", "Bad Request", true),
  LENGTH_AND_CHUNKED(400, "http1.content_length_and_chunked_not_allowed", "Bad Request", true),
  BODY_DISALLOWED(400, "http1.body_disallowed", "Bad Request", true),
  INVALID_URL(400, "http1.invalid_url", "Bad Request", true),
  INVALID_SCHEME(400, "http1.invalid_scheme", "Bad Request", true),
  CONNECTION_HEADER_REJECTED(400, "http1.connection_header_rejected", "Bad Request", true),
  UNEXPECTED_UNDERSCORE(400, "http1.unexpected_underscore", "Bad Request", true),
  LOW_VERSION(426, "low_version", "Upgrade Required", true),
  HEADERS_TOO_LARGE(431, "http1.headers_too_large", "Request Header Fields Too Large", true),
  TOO_MANY_HEADERS(431, "http1.too_many_headers", "Request Header Fields Too Large", true),
  INVALID_TRANSFER_ENCODING(501, "http1.invalid_transfer_encoding", "Not Implemented", true),
  INVALID_AUTHORITY(400, "http.invalid_authority", "Bad Request", true),
  MISSING_HOST(400, "missing_host_header", "", false),
  MISSING_PATH(404, "missing_path_rejected", "", false),
  ABSOLUTE_PATH(404, "absolute_path_rejected", "", false),
  PATH_NORMALIZATION(400, "path_normalization_failed", "", false),
  QUERY_WITHOUT_TYPE(400, "query_missing_content_type", "", false),
  UPGRADE_FAILED(403, "upgrade_failed", "", false);

  private final int status;
  private final String details;
  private final String body;
  private final boolean protocolError;

  MessageError(int status, String details, String body, boolean protocolError) {
    this.status = status;
    this.details = details;
    this.body = body;
    this.protocolError = protocolError;
  }

  public int status() {
    return status;
  }

  public String details() {
    return details;
  }

  /// Body of the local reply; empty if the head itself was well formed.
  public String body() {
    return body;
  }

  /// True if the codec gave up: flag DPE, no head was delivered, nothing more can be read from the
  /// connection.
  public boolean protocolError() {
    return protocolError;
  }
}
