package dev.outrider.proxy.wasm;

import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.filter.StreamHandle;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.LocalReply;

/// Stands in for a plugin without a VM: answers 503, as Envoy does.
record FailedFilter(StreamHandle stream) implements HttpFilter {
  /// UNAVAILABLE for gRPC, an empty body otherwise; no response flag.
  static final LocalReply REPLY = LocalReply.of(503, "wasm_fail_stream").withGrpcStatus(14);

  @Override
  public HeadStatus onRequestHead(HeaderMap head, boolean end) {
    stream.reply(REPLY);
    return HeadStatus.HOLD_ALL_BACKPRESSURE;
  }
}
