package dev.outrider.proxy.filter;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.stream.ResponseFlag;

/// Stands in for a filter whose configuration has not come: answers 500, as Envoy does.
record MissingFilter(StreamHandle stream) implements HttpFilter {
  private static final LocalReply REPLY = LocalReply.of(500, "");

  @Override
  public HeadStatus onRequestHead(HeaderMap head, boolean end) {
    stream.info().flags().raise(ResponseFlag.NO_FILTER_CONFIG_FOUND);
    stream.reply(REPLY);
    return HeadStatus.HOLD_ALL_BACKPRESSURE;
  }
}
