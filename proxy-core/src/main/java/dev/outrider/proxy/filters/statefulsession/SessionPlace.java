package dev.outrider.proxy.filters.statefulsession;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.loop.Clock;
import org.jspecify.annotations.Nullable;

/// Where a session is kept. Immutable.
sealed interface SessionPlace permits CookieSession, HeaderSession {

  /// Whether a request takes part in sessions at all.
  boolean covers(HeaderMap request);

  /// The address of the host that the session of a request sticks to; null if it has none.
  @Nullable String find(HeaderMap request, Clock clock);

  /// Has the session of a response stick to a host from now on.
  void put(HeaderMap response, String address, Clock clock);
}
