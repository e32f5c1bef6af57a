package dev.outrider.proxy.accesslog.grpc;

import com.google.protobuf.ByteString;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.upstream.GrpcTarget;
import java.util.List;

/// One log as configured.
///
/// @param http whether entries are of requests; otherwise of connections
/// @param node the serialised `core.v3.Node` that introduces a stream
record GrpcLogConfig(
    GrpcTarget target,
    String logName,
    BufferConfig buffer,
    boolean http,
    LoggedHeaders headers,
    ByteString node) {

  /// What logs have in common that can share a stream, as in Envoy: everything but what they show.
  GrpcLogConfig ofStream() {
    return new GrpcLogConfig(target, logName, buffer, http, LoggedHeaders.NONE, node);
  }

  /// The headers that entries of requests show.
  record LoggedHeaders(
      List<HeaderName> request, List<HeaderName> response, List<HeaderName> trailers) {
    static final LoggedHeaders NONE = new LoggedHeaders(List.of(), List.of(), List.of());
  }
}
