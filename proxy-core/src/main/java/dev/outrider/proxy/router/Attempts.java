package dev.outrider.proxy.router;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.HoldSet;
import dev.outrider.proxy.http.MessageSink;
import dev.outrider.proxy.http.ResetReason;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The attempts of one request: makes the first, and another one if a [RetryState] says so, gives
/// them what follows the head and keeps that for the next. Knows those that are under way, the
/// newest first: more than one only if an attempt was too slow and goes on beside the next. As a
/// [FlowControl] it holds back all their responses. Belongs to a [Router]; a chain through the
/// attempts, since every exchange has one.
final class Attempts implements FlowControl {
  private static final HeaderName X_ENVOY_IS_TIMEOUT_RETRY =
      HeaderName.of("x-envoy-is-timeout-retry");

  private final Router router;
  private final UpstreamRequest usual;
  private final HoldSet holds = new HoldSet();
  private @Nullable UpstreamRequest newest;

  /// Made for the first request that may be sent again.
  private @Nullable RequestBuffer kept;

  Attempts(Router router) {
    this.router = router;
    this.usual = new UpstreamRequest(router);
  }

  boolean isEmpty() {
    return newest == null;
  }

  /// For the next request.
  void recycle() {
    usual.recycle();
    holds.clear();
  }

  // ---- the request

  /// There may be another attempt, if the route or the request itself wants it.
  ///
  /// @param asked what the request wants; null = nothing
  void allowRetries(@Nullable ControlHeaders asked) {
    var policy = request().forward().attempts().retry();
    if (policy.on() == 0 && (asked == null || !asked.retries)) {
      return;
    }
    var retry = request().retry();
    if (retry == null) {
      retry = new RetryState(router.host().loop(), router::sendAgain);
      request().retryBy(retry);
    }
    retry.start(policy, asked, request().head(), request().forward().priority());
  }

  /// Keeps what follows the head.
  ///
  /// @param limit bytes of it
  void keep(long limit) {
    if (kept == null) {
      kept = new RequestBuffer();
    }
    kept.start(limit);
  }

  /// Whether all that has come behind the head is kept.
  boolean keeping() {
    return kept != null && kept.keeping();
  }

  /// The body that is kept, and is the taker's from now on; null if there is none.
  @Nullable BodyBuffer takeBody() {
    return kept == null ? null : kept.take();
  }

  /// Borrows the chunk. False if it should have been kept and is too much.
  boolean keep(ByteBuf chunk) {
    return kept == null || kept.keep(chunk);
  }

  /// *Takes* the chunk; while there is no attempt it goes nowhere.
  void onBody(ByteBuf chunk, boolean end) {
    var to = sink();
    if (to != null) {
      to.onBody(chunk, end);
    } else {
      chunk.release();
    }
  }

  /// Borrows them until there is no other attempt any more.
  void onTrailers(HeaderMap trailers) {
    if (kept != null) {
      kept.keep(trailers);
    }
    var to = sink();
    if (to != null) {
      to.onTrailers(trailers);
    }
  }

  /// Where the request goes; null while there is no attempt, or it takes nothing.
  private @Nullable MessageSink sink() {
    return newest == null ? null : newest.request();
  }

  /// @param end the head is all
  void send(Endpoint picked, boolean end) {
    var attempt = usual.idle() ? usual : new UpstreamRequest(router);
    add(attempt);
    if (mayRetry()) {
      retry().onAttempt(picked);
    }
    attempt.open(request(), picked, end, holds);
  }

  /// Another attempt, at the cluster as it is now. False if there is nobody to go to.
  boolean sendAgain() {
    var to = router.scope().upstreams().find(request().match().clusterName());
    request().countAttempt(to); // null = removed meanwhile
    var picked = to == null ? null : request().pick();
    if (picked == null) {
      return false;
    }
    tellAgain(picked);
    if (isEmpty()) {
      router.host().info().times().forgetUpstream();
    }
    send(picked, router.requestEnded() && (kept == null || kept.isEmpty()));
    var sink = sink();
    if (sink != null && kept != null) {
      kept.replay(sink, router.requestEnded());
    }
    return true;
  }

  /// What differs from the attempt before.
  private void tellAgain(Endpoint picked) {
    var forward = request().forward();
    var head = request().head();
    RequestTarget.followEndpoint(head, forward.rewrite(), picked.hostname());
    if (forward.attempts().countsInRequest()) {
      head.set(HeaderNames.X_ENVOY_ATTEMPT_COUNT, request().attempts());
    }
    if (forward.attempts().marksTimeoutRetries()) {
      head.set(X_ENVOY_IS_TIMEOUT_RETRY, retry().afterTimeout() ? "true" : "false");
    }
    router.timeouts().tell(head, router.millisSinceRequestEnd());
  }

  private RoutedRequest request() {
    return router.request();
  }

  // ---- another attempt

  boolean mayRetry() {
    var retry = request().retry();
    return retry != null && retry.enabled();
  }

  private RetryState retry() {
    return Objects.requireNonNull(request().retry(), "nothing is retried");
  }

  /// There will be none.
  void endRetries() {
    if (request().retry() != null) {
      retry().end();
    }
    if (kept != null) {
      kept.drop();
    }
  }

  /// The attempt was reset, or too slow. True if another one follows.
  boolean retries(UpstreamRequest from, ResetReason why, boolean slow) {
    if (!mayRetry() || from.retried()) {
      return false;
    }
    var verdict =
        retry().onReset(why, from.connected(), slow, request().cluster(), router.scope().random());
    if (verdict == RetryState.Verdict.YES) {
      from.countError();
      remove(from);
      return true;
    }
    raise(verdict);
    return false;
  }

  /// The attempt is too slow, and goes on; another one may follow beside it.
  void hedge(UpstreamRequest from) {
    if (!mayRetry() || from.retried()) {
      return;
    }
    var verdict = retry().onSlow(request().cluster(), router.scope().random());
    if (verdict == RetryState.Verdict.YES) {
      from.hasBeenRetried();
    }
    raise(verdict);
  }

  /// Whether this is the response that the client gets; another attempt may follow instead.
  boolean isFinal(UpstreamRequest from, HeaderMap head) {
    if (!mayRetry()) {
      return true;
    }
    var verdict =
        from.retried()
            ? RetryState.Verdict.NO
            : retry().onResponse(head, request().cluster(), router.scope().random());
    raise(verdict);
    var failed = from.retried() ? retry().wouldRetry(head) : verdict != RetryState.Verdict.NO;
    if (verdict == RetryState.Verdict.YES) {
      request().cells().countCode(ClusterStats.RETRY_UPSTREAM_RQ_CODES, head.status());
    } else if (!failed || !othersFollow(from)) {
      return true;
    }
    from.countError();
    return false;
  }

  private void raise(RetryState.Verdict verdict) {
    if (verdict.flag() != null) {
      router.host().info().flags().raise(verdict.flag());
    }
  }

  /// Something may still come instead of this attempt.
  boolean othersFollow(UpstreamRequest from) {
    var retry = request().retry();
    return (retry != null && retry.waiting()) || awaitHead(from);
  }

  // ---- those that are under way

  private void add(UpstreamRequest begun) {
    begun.older = newest;
    newest = begun;
  }

  void remove(UpstreamRequest ended) {
    if (newest == ended) {
      newest = ended.older;
    }
    for (var each = newest; each != null; each = each.older) {
      if (each.older == ended) {
        each.older = ended.older;
      }
    }
    ended.older = null;
  }

  void forEach(Consumer<UpstreamRequest> action) {
    for (var each = newest; each != null; ) {
      var next = each.older;
      action.accept(each);
      each = next;
    }
  }

  void startClocks() {
    for (var each = newest; each != null; each = each.older) {
      each.startClocks();
    }
  }

  /// Whether another one may still bring a response.
  private boolean awaitHead(UpstreamRequest butThis) {
    for (var each = newest; each != null; each = each.older) {
      if (each != butThis && each.awaitsHead()) {
        return true;
      }
    }
    return false;
  }

  void cancel() {
    while (newest != null) {
      var each = newest;
      remove(each);
      each.cancel();
    }
  }

  /// This one has answered first: there is no other any more.
  void win(UpstreamRequest winner) {
    endRetries();
    if (newest == null || newest.older == null) {
      return;
    }
    remove(winner);
    cancel();
    add(winner);
    winner.describe();
  }

  // ---- flow control of the response

  @Override
  public void hold(Hold cause) {
    holds.hold(cause);
    for (var each = newest; each != null; each = each.older) {
      each.hold(cause);
    }
  }

  @Override
  public void release(Hold cause) {
    holds.release(cause);
    for (var each = newest; each != null; ) {
      var next = each.older;
      each.release(cause);
      each = next;
    }
  }
}
