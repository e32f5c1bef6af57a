package dev.outrider.proxy.accesslog.grpc;

import com.google.protobuf.ByteString;
import dev.outrider.proxy.http.HeaderName;
import java.util.List;

/// One log as configured.
///
/// @param flushMillis how long an entry may wait
/// @param bufferBytes how much may wait; 0 sends each entry by itself
/// @param http whether entries are of requests; otherwise of connections
/// @param node the serialised `core.v3.Node` that introduces a stream
record GrpcLogConfig(
    Target target,
    String logName,
    long flushMillis,
    int bufferBytes,
    boolean http,
    LoggedHeaders headers,
    ByteString node) {

  /// What logs have in common that can share a stream, as in Envoy: everything but what they show.
  GrpcLogConfig ofStream() {
    return new GrpcLogConfig(
        target, logName, flushMillis, bufferBytes, http, LoggedHeaders.NONE, node);
  }

  /// Where it goes.
  ///
  /// @param authority empty for the cluster's name
  /// @param metadata sent with each call
  record Target(String cluster, String authority, List<Field> metadata) {}

  /// One header of a call.
  record Field(HeaderName name, String value) {}

  /// The headers that entries of requests show.
  record LoggedHeaders(
      List<HeaderName> request, List<HeaderName> response, List<HeaderName> trailers) {
    static final LoggedHeaders NONE = new LoggedHeaders(List.of(), List.of(), List.of());
  }
}
