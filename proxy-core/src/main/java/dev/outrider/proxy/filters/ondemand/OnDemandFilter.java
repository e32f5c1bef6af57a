package dev.outrider.proxy.filters.ondemand;

import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.filter.StreamHandle;
import dev.outrider.proxy.http.HeaderMap;
import org.jspecify.annotations.Nullable;

/// Holds a request that has no route until the routes of its scope are there. One stream.
final class OnDemandFilter implements HttpFilter {
  private final StreamHandle stream;

  /// Ends the waiting; null if nothing was waited for.
  private @Nullable Runnable forget;

  OnDemandFilter(StreamHandle stream) {
    this.stream = stream;
  }

  @Override
  public HeadStatus onRequestHead(HeaderMap head, boolean end) {
    forget = stream.route() == null ? stream.awaitRoutes() : null;
    return forget == null ? HeadStatus.CONTINUE : HeadStatus.HOLD_ALL_BACKPRESSURE;
  }

  @Override
  public void onStreamEnd() {
    if (forget != null) {
      forget.run();
    }
  }
}
