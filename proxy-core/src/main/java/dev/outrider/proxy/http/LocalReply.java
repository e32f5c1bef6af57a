package dev.outrider.proxy.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A response that the proxy gives itself. Immutable; the body array is not copied and must not
/// change afterwards.
///
/// @param status HTTP status before the mapping to gRPC
/// @param body may be empty
/// @param headers added to the head in this order
/// @param details response code details of the access log
/// @param grpcStatus overrides the mapping of the status when the request is gRPC
/// @param flags response flags to set, opaque here (see `stream`)
@SuppressWarnings("ArrayRecordComponent") // never compared; a copy per reply would buy nothing
public record LocalReply(
    int status,
    byte[] body,
    List<Field> headers,
    String details,
    @Nullable Integer grpcStatus,
    long flags) {
  private static final byte[] NO_BODY = {};

  /// One extra header.
  public record Field(HeaderName name, String value) {}

  public LocalReply {
    headers = List.copyOf(headers);
  }

  public static LocalReply of(int status, String details) {
    return new LocalReply(status, NO_BODY, List.of(), details, null, 0);
  }

  public static LocalReply of(int status, String body, String details) {
    return new LocalReply(
        status, body.getBytes(StandardCharsets.UTF_8), List.of(), details, null, 0);
  }

  /// With a body of bytes.
  ///
  /// @param body not copied
  public static LocalReply of(int status, byte[] body, String details) {
    return new LocalReply(status, body, List.of(), details, null, 0);
  }

  public static LocalReply of(MessageError error) {
    return of(error.status(), error.body(), error.details());
  }

  public LocalReply withHeader(HeaderName name, String value) {
    var more = new ArrayList<>(headers);
    more.add(new Field(name, value));
    return new LocalReply(status, body, more, details, grpcStatus, flags);
  }

  public LocalReply withFlags(long more) {
    return new LocalReply(status, body, headers, details, grpcStatus, flags | more);
  }

  public LocalReply withGrpcStatus(int code) {
    return new LocalReply(status, body, headers, details, code, flags);
  }
}
