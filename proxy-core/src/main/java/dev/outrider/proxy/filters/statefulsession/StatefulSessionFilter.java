package dev.outrider.proxy.filters.statefulsession;

import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.filter.StreamHandle;
import dev.outrider.proxy.http.HeaderMap;
import org.jspecify.annotations.Nullable;

/// Sends a request where its session sticks to, and has the response say so when that was another
/// host. One stream.
final class StatefulSessionFilter implements HttpFilter {
  private final SessionPlace place;
  private final boolean strict;
  private final StreamHandle stream;
  private boolean covered;
  private @Nullable String wanted;

  /// @param strict nobody else may answer
  StatefulSessionFilter(SessionPlace place, boolean strict, StreamHandle stream) {
    this.place = place;
    this.strict = strict;
    this.stream = stream;
  }

  @Override
  public HeadStatus onRequestHead(HeaderMap head, boolean end) {
    covered = place.covers(head);
    wanted = covered ? place.find(head, stream.loop().clock()) : null;
    if (wanted != null) {
      stream.info().overrideHost(wanted, strict);
    }
    return HeadStatus.CONTINUE;
  }

  @Override
  public HeadStatus onResponseHead(HeaderMap head, boolean end) {
    var host = stream.info().upstream().host();
    if (covered && host != null && !host.text().equals(wanted)) {
      place.put(head, host.text(), stream.loop().clock());
    }
    return HeadStatus.CONTINUE;
  }
}
