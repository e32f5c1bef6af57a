package dev.outrider.proxy.filters.ondemand;

import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.filter.StreamHandle;
import dev.outrider.proxy.http.HeaderMap;

/// Holds a request that has no route until the routes of its scope are there. One stream.
final class OnDemandFilter implements HttpFilter {
  private final StreamHandle stream;

  OnDemandFilter(StreamHandle stream) {
    this.stream = stream;
  }

  @Override
  public HeadStatus onRequestHead(HeaderMap head, boolean end) {
    return stream.route() == null && stream.awaitsRoutes()
        ? HeadStatus.HOLD_ALL_BACKPRESSURE
        : HeadStatus.CONTINUE;
  }
}
