package dev.outrider.proxy.downstream;

import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.LocalReplies;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.MessageSink;
import dev.outrider.proxy.stream.StreamInfo;
import org.jspecify.annotations.Nullable;

/// Makes a [LocalReply] the response of a stream.
final class LocalAnswers {
  private static final byte[] HEAD = {'H', 'E', 'A', 'D'};

  private LocalAnswers() {}

  /// Sends it to `to`; a response head that the stream had but not sent is replaced.
  static void send(LocalReply reply, StreamInfo info, HeadStores heads, MessageSink to) {
    var request = info.requestHead();
    var grpc = request != null && LocalReplies.isGrpc(request);
    var replaced = info.responseHead();
    if (replaced != null) {
      replaced.release();
    }
    var head = LocalReplies.head(reply, grpc, heads);
    info.responseHead(head);
    info.details(reply.details());
    var body = LocalReplies.body(reply, grpc);
    if (body.isReadable() && !isHead(request)) {
      to.onHead(head, false);
      to.onBody(body, true);
    } else {
      body.release();
      to.onHead(head, true);
    }
  }

  /// Then the head says how long the body would be, and that is all.
  private static boolean isHead(@Nullable HeaderMap request) {
    var method = request == null ? -1 : request.find(HeaderNames.METHOD);
    return request != null && method >= 0 && request.valueEquals(method, HEAD);
  }
}
