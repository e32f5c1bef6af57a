package dev.outrider.proxy.router;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.routing.RetryOn;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a request asks of this router, which is not for the next hop. Strangers cannot: the
/// connection manager has removed it. Other statistics are not offered.
final class ControlHeaders {
  /// Bits of [RetryOn], in addition to those of the policy.
  int retryOn;

  /// Whether it speaks of retries at all.
  boolean retries;

  /// Instead of what policy and route say; -1 = as they say.
  long maxRetries = -1;

  long totalMillis = -1;
  long perTryMillis = -1;

  /// A request that took too long is answered by an empty 204.
  boolean altResponse;

  /// Null = as the route says.
  @Nullable Boolean hedges;

  final List<Integer> statusCodes = new ArrayList<>(0);
  final List<HeaderName> headerNames = new ArrayList<>(0);

  private ControlHeaders() {}

  /// Removes them; null if there are none, which is the usual case.
  static @Nullable ControlHeaders take(HeaderMap head) {
    ControlHeaders found = null;
    for (int line = 0, end = head.lines(); line < end; line++) {
      if (head.live(line) && concerns(head.raw().key(line))) {
        found = found == null ? new ControlHeaders() : found;
        found.read(head, line);
        head.removeLine(line);
      }
    }
    return found;
  }

  /// The names stand beside each other.
  private static boolean concerns(int key) {
    return key >= HeaderNames.X_ENVOY_RETRY_ON.key()
        && key <= HeaderNames.X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT.key();
  }

  private void read(HeaderMap head, int line) {
    if (head.nameIs(line, HeaderNames.X_ENVOY_RETRY_ON)) {
      retries = true;
      retryOn |= RetryOn.parse(head.value(line), false);
    } else if (head.nameIs(line, HeaderNames.X_ENVOY_RETRY_GRPC_ON)) {
      retries = true;
      retryOn |= RetryOn.parse(head.value(line), true);
    } else if (head.nameIs(line, HeaderNames.X_ENVOY_MAX_RETRIES)) {
      maxRetries = head.valueAsLong(line);
    } else if (head.nameIs(line, HeaderNames.X_ENVOY_UPSTREAM_RQ_TIMEOUT_MS)) {
      totalMillis = head.valueAsLong(line);
    } else if (head.nameIs(line, HeaderNames.X_ENVOY_UPSTREAM_RQ_PER_TRY_TIMEOUT_MS)) {
      perTryMillis = head.valueAsLong(line);
    } else if (head.nameIs(line, HeaderNames.X_ENVOY_UPSTREAM_RQ_TIMEOUT_ALT_RESPONSE)) {
      altResponse = true;
    } else if (head.nameIs(line, HeaderNames.X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT)) {
      hedges =
          switch (head.value(line)) {
            case "true" -> true;
            case "false" -> false;
            default -> hedges;
          };
    } else if (head.nameIs(line, HeaderNames.X_ENVOY_RETRIABLE_STATUS_CODES)) {
      readStatusCodes(head.value(line));
    } else if (head.nameIs(line, HeaderNames.X_ENVOY_RETRIABLE_HEADER_NAMES)) {
      readHeaderNames(head.value(line));
    }
  }

  private void readStatusCodes(String list) {
    for (var code : list.split(",", -1)) {
      try {
        statusCodes.add(Integer.parseInt(code.strip()));
      } catch (NumberFormatException _) {
        // as Envoy, which goes on with the next
      }
    }
  }

  private void readHeaderNames(String list) {
    for (var name : list.split(",", -1)) {
      try {
        headerNames.add(HeaderName.of(name.strip()));
      } catch (IllegalArgumentException _) {
        // no response has it
      }
    }
  }
}
