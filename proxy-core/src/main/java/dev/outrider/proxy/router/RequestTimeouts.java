package dev.outrider.proxy.router;

import dev.outrider.proxy.http.GrpcTimeout;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.upstream.UpstreamFailures;
import org.jspecify.annotations.Nullable;

/// How long one request may take in all, how long each of its attempts (Envoy
/// `FilterUtility::finalTimeout`), and how the service is told. Milliseconds; 0 = any time. Belongs
/// to a [Router] and is reused with it.
final class RequestTimeouts {
  private long totalMillis;
  private long perTryMillis;
  private long perTryIdleMillis;
  private boolean hedges;
  private boolean tellsGrpc;
  private boolean altResponse;

  /// For the next request.
  ///
  /// @param grpc whether it is a call of gRPC
  void start(
      RouteAction.Forward route, HeaderMap head, @Nullable ControlHeaders asked, boolean grpc) {
    var rules = route.attempts();
    totalMillis = route.timeouts().totalMillis(head, grpc);
    tellsGrpc = grpc && route.timeouts().capsGrpc();
    perTryMillis = rules.retry().perTryTimeout().toMillis();
    perTryIdleMillis = rules.retry().perTryIdleTimeout().toMillis();
    hedges = rules.hedges();
    altResponse = false;
    if (asked != null) {
      totalMillis = asked.totalMillis >= 0 ? asked.totalMillis : totalMillis;
      perTryMillis = asked.perTryMillis >= 0 ? asked.perTryMillis : perTryMillis;
      hedges = asked.hedges == null ? hedges : asked.hedges;
      altResponse = asked.altResponse;
    }
    if (totalMillis > 0 && perTryMillis >= totalMillis) {
      perTryMillis = 0;
    }
  }

  /// Tells the service how long the answer of this attempt is waited for.
  void tell(HeaderMap head, long elapsedMillis) {
    var expected = hedges || perTryMillis == 0 ? totalMillis : perTryMillis;
    if (expected == 0) {
      return;
    }
    if (totalMillis > 0) { // zero would mean any time
      expected = Math.max(1, Math.min(expected, totalMillis - elapsedMillis));
    }
    head.set(HeaderNames.X_ENVOY_EXPECTED_RQ_TIMEOUT_MS, expected);
    if (tellsGrpc) {
      GrpcTimeout.set(head, expected);
    }
  }

  long totalMillis() {
    return totalMillis;
  }

  long perTryMillis() {
    return perTryMillis;
  }

  long perTryIdleMillis() {
    return perTryIdleMillis;
  }

  /// An attempt that is too slow goes on, beside another.
  boolean hedges() {
    return hedges;
  }

  /// The answer to a client that has waited too long.
  LocalReply reply(String details) {
    return altResponse ? LocalReply.of(204, details) : UpstreamFailures.timeout(details);
  }

  /// The status of that.
  int status() {
    return altResponse ? 204 : 504;
  }
}
