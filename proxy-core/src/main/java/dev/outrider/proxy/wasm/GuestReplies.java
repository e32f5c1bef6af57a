package dev.outrider.proxy.wasm;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxywasm.host.GuestReply;
import java.util.ArrayList;

/// A guest's local response in the proxy's words.
final class GuestReplies {
  private static final int GRPC_STATUS_UNSET = -1;

  private GuestReplies() {}

  /// A field whose name is no header name is left out and logged: it could not be sent.
  static LocalReply toLocalReply(GuestReply reply) {
    var fields = new ArrayList<LocalReply.Field>(reply.headers().size());
    reply
        .headers()
        .forEach(
            (name, nameOffset, nameLength, value, valueOffset, valueLength) -> {
              var text = new String(name, nameOffset, nameLength, UTF_8);
              try {
                fields.add(
                    new LocalReply.Field(
                        HeaderName.of(text), new String(value, valueOffset, valueLength, UTF_8)));
              } catch (IllegalArgumentException notAName) {
                GuestLogSink.LOG.warn(
                    "wasm local response: header left out: {}", notAName.getMessage());
              }
            });
    return new LocalReply(
        reply.status(),
        reply.body(),
        fields,
        reply.details(),
        reply.grpcStatus() == GRPC_STATUS_UNSET ? null : reply.grpcStatus(),
        0);
  }
}
