package dev.outrider.proxy.router;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;

/// What a request asks of this router, which is not for the next hop. Strangers cannot: the
/// connection manager has removed it. Retries, hedging and other statistics are not offered yet.
final class ControlHeaders {
  private ControlHeaders() {}

  /// Removes them and returns how many milliseconds the request may take; 0 = any.
  ///
  /// @param usually where the request does not say so
  static long take(HeaderMap head, long usually) {
    var millis = usually;
    for (int line = 0, end = head.lines(); line < end; line++) {
      if (head.live(line) && concerns(head.raw().key(line))) {
        if (head.nameIs(line, HeaderNames.X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS)) {
          var asked = head.valueAsLong(line);
          millis = asked >= 0 ? asked : usually;
        }
        head.removeLine(line);
      }
    }
    return millis;
  }

  /// The names stand beside each other.
  private static boolean concerns(int key) {
    return key >= HeaderNames.X_ENVOY_RETRY_ON.key()
        && key <= HeaderNames.X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT.key();
  }
}
