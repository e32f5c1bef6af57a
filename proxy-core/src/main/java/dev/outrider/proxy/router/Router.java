package dev.outrider.proxy.router;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.http.LocalReplies;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.MessageSink;
import dev.outrider.proxy.http.RequestHeadCheck;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.http.Tunnel;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteMatch;
import dev.outrider.proxy.stream.ResponseFlag;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.stream.TimePoint;
import dev.outrider.proxy.upstream.UpstreamFailures;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Takes the request behind the last filter: finds out where it goes, has its [Attempts] send it
/// there as often as it takes, and hands the response back, or answers in its place. As a
/// [FlowControl] it holds back the response. One per stream and reused with it; on the stream's
/// loop.
public final class Router implements MessageSink, FlowControl {
  private enum State {
    IDLE,
    /// An attempt is under way or will be, and the response has not begun.
    WAITING,
    RESPONDING,
    /// Answered, broken off or complete: what still comes of the request is dropped.
    DONE
  }

  private static final long MILLI = 1_000_000;
  private static final LocalReply BODY_TOO_LARGE_TO_RETRY =
      LocalReply.of(
          507,
          "exceeded request buffer limit while retrying upstream",
          "request_payload_exceeded_retry_buffer_limit");

  private final RouterHost host;
  private final Timer timeout;
  private final RequestTimeouts timeouts = new RequestTimeouts();
  private final RoutedRequest request;
  private final Attempts attempts;

  private @Nullable Mirrors mirrors;

  private @Nullable InternalRedirects redirects;

  private @Nullable RouterScope scope;
  private State state = State.IDLE;
  private Tunnel tunnel = Tunnel.NONE;
  private boolean grpc;
  private boolean headIsAll;
  private boolean forwarded;
  private boolean interim;
  private boolean requestEnded;
  private long requestEndNanos;

  public Router(RouterHost host) {
    this.host = host;
    this.timeout = host.loop().timers().newTimer(this::onTimeout);
    this.request = new RoutedRequest(host);
    this.attempts = new Attempts(this);
  }

  /// Whom the router works for.
  RouterHost host() {
    return host;
  }

  // ---- life

  /// For the next stream.
  public void start(RouterScope newScope) {
    scope = newScope;
    state = State.IDLE;
    interim = false;
    requestEnded = false;
    request.startAttempts();
    tunnel = Tunnel.NONE;
  }

  /// Whether the request was sent to an upstream.
  public boolean forwarded() {
    return forwarded;
  }

  /// Gives up what is under way. Nothing more comes from the router.
  public void cancel() {
    state = State.DONE;
    timeout.cancel();
    attempts.endRetries();
    attempts.cancel();
    if (mirrors != null) {
      mirrors.cancel(); // but for those that have all of the request
    }
  }

  public void recycle() {
    cancel();
    attempts.recycle();
    request.clear();
    scope = null;
    forwarded = false;
  }

  /// The client's next request is another one, whatever redirects this one has been through.
  public void forgetRedirects() {
    if (redirects != null) {
      redirects.clear();
    }
  }

  /// The log names the cluster that a request was meant for, though it may never get here.
  public void nameCluster() {
    var meant = info().clusterName().isEmpty() ? host.route() : null;
    if (meant != null && meant.route().action() instanceof RouteAction.Forward) {
      var found = scope().upstreams().find(meant.clusterName());
      if (found != null) {
        info().cluster(found.config().name(), found.config().statName());
      }
    }
  }

  // ---- the request

  @Override
  public void onHead(HeaderMap head, boolean end) {
    scope().cells().inc(RouterStats.RQ_TOTAL);
    var found = host.route();
    if (found == null) {
      scope().cells().inc(RouterStats.NO_ROUTE);
      raise(ResponseFlag.NO_ROUTE_FOUND);
      reply(RouteReplies.NO_ROUTE);
      return;
    }
    switch (found.route().action()) {
      case RouteAction.DirectResponse direct -> replyDirectly(RouteReplies.of(direct));
      case RouteAction.Redirect redirect -> replyDirectly(RouteReplies.of(redirect, found, head));
      case RouteAction.TlsRedirect _ -> replyDirectly(RouteReplies.overTls(head));
      case RouteAction.Forward forward -> forward(found, forward, head, end);
    }
  }

  private void replyDirectly(LocalReply reply) {
    scope().cells().inc(RouterStats.RQ_DIRECT_RESPONSE);
    reply(reply);
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    if (state != State.WAITING && state != State.RESPONDING) {
      chunk.release();
      return;
    }
    if (mirrors != null) {
      mirrors.send(chunk, end);
    }
    if (!attempts.keep(chunk) && !onBodyTooLarge()) {
      chunk.release();
      return;
    }
    attempts.onBody(chunk, end);
    if (end) {
      onRequestEnd();
    }
  }

  /// There will be no other attempt; false if there would have had to be.
  private boolean onBodyTooLarge() {
    if (attempts.mayRetry()) {
      cells().inc(ClusterStats.RETRY_OR_SHADOW_ABANDONED);
    }
    var waiting = attempts.isEmpty();
    attempts.endRetries();
    if (waiting) {
      reply(request.counted(BODY_TOO_LARGE_TO_RETRY));
    }
    return !waiting;
  }

  @Override
  public void onTrailers(HeaderMap trailers) {
    if (state != State.WAITING && state != State.RESPONDING) {
      return;
    }
    if (mirrors != null) {
      mirrors.sendTrailers(trailers);
    }
    attempts.onTrailers(trailers);
    onRequestEnd();
  }

  @Override
  public void onReset(ResetReason why) {
    cancel();
  }

  private void onRequestEnd() {
    requestEnded = true;
    requestEndNanos = now();
    if (info().times().has(TimePoint.UPSTREAM_TX_BEGIN)) {
      info().times().mark(TimePoint.UPSTREAM_TX_END, requestEndNanos);
    }
    if (tunnel == Tunnel.NONE) {
      startClocks();
    }
  }

  private void startClocks() {
    if (state != State.WAITING && state != State.RESPONDING) {
      return;
    }
    if (timeouts.totalMillis() > 0) {
      timeout.arm(timeouts.totalMillis());
    }
    attempts.startClocks();
  }

  // ---- the first attempt

  private void forward(RouteMatch found, RouteAction.Forward forward, HeaderMap head, boolean end) {
    var to = scope().upstreams().find(found.clusterName());
    if (to == null) {
      scope().cells().inc(RouterStats.NO_CLUSTER);
      raise(ResponseFlag.NO_CLUSTER_FOUND);
      reply(RouteReplies.noCluster(forward));
      return;
    }
    request.take(found, forward, head, to);
    if (to.dropsForOverload()) {
      onDropped(to.dropsAll());
      return;
    }
    request.countAttempt(to);
    grpc = LocalReplies.isGrpc(head);
    var asked = ControlHeaders.take(head);
    timeouts.start(forward, head, asked, grpc);
    timeouts.tell(head, 0);
    var picked = request.pick();
    if (picked == null) {
      onNobodyPicked();
      return;
    }
    if (forward.attempts().countsInRequest()) {
      head.set(HeaderNames.X_ENVOY_ATTEMPT_COUNT, request.attempts());
    }
    RouteHeaders.editRequest(found, head, host, scope());
    if (prepare(found, forward, picked, head)) {
      begin(forward, asked, picked, end);
    }
  }

  private void begin(
      RouteAction.Forward forward, @Nullable ControlHeaders asked, Endpoint picked, boolean end) {
    var head = request.head();
    attempts.allowRetries(asked);
    headIsAll = end;
    if (!end && (attempts.mayRetry() || forward.redirects() != null)) {
      attempts.keep(scope().bodyLimit(forward.attempts()));
    }
    tunnel = end ? Tunnel.NONE : Tunnel.asked(head);
    forwarded = true;
    state = State.WAITING;
    attempts.send(picked, end);
    mirror(end); // which gets what is left of the connections
    if (end) {
      onRequestEnd();
    } else if (tunnel != Tunnel.NONE) {
      startClocks(); // its end may be far, and only the answer is waited for
    }
  }

  /// What the upstream is told in addition. False, and an answer, if filters or the route left a
  /// head that cannot be sent.
  private boolean prepare(
      RouteMatch found, RouteAction.Forward forward, Endpoint picked, HeaderMap head) {
    if (!RequestTarget.rewrite(head, found, forward.rewrite(), picked.hostname())) {
      reply(RouteReplies.REWRITE_DOES_NOT_FIT);
      return false;
    }
    var missing = RequestHeadCheck.missing(head);
    if (missing != null) {
      raise(ResponseFlag.DOWNSTREAM_PROTOCOL_ERROR);
      reply(RouteReplies.missing(missing));
    }
    return missing == null;
  }

  /// Tunnels have none.
  private void mirror(boolean end) {
    if (request.forward().mirrors().isEmpty() || tunnel != Tunnel.NONE) {
      return;
    }
    if (mirrors == null) {
      mirrors = new Mirrors(host);
    }
    mirrors.start(request, scope(), end, timeouts.totalMillis());
  }

  /// The wait before a retry is over. A mirror that has not got all of the request must not keep
  /// the connection that the retry may need for it to come at all.
  void sendAgain() {
    if (mirrors != null) {
      mirrors.cancel();
    }
    if (!attempts.sendAgain()) {
      onNobodyPicked();
    }
  }

  // ---- for its attempts

  /// Whether an attempt that gets its connection now has to hurry.
  boolean clocksRun() {
    return requestEnded || tunnel != Tunnel.NONE;
  }

  boolean requestEnded() {
    return requestEnded;
  }

  /// 0 while it has not.
  long millisSinceRequestEnd() {
    return requestEnded ? (now() - requestEndNanos) / MILLI : 0;
  }

  /// The client has had something of a response.
  boolean begun() {
    return interim || state == State.RESPONDING;
  }

  RequestTimeouts timeouts() {
    return timeouts;
  }

  RoutedRequest request() {
    return request;
  }

  boolean grpc() {
    return grpc;
  }

  // ---- clocks

  private void onTimeout() {
    if (state != State.WAITING && state != State.RESPONDING) {
      return;
    }
    attempts.forEach(this::countTimeout);
    onTooSlow("response_timeout");
  }

  private void countTimeout(UpstreamRequest attempt) {
    cells().inc(ClusterStats.UPSTREAM_RQ_TIMEOUT);
    attempt.onTimedOut(timeouts.status());
    if (state == State.RESPONDING) {
      countBreak(attempt);
    } else if (attempt.awaitsHead()) {
      request.countAnswer(timeouts.status());
      attempt.countError();
    }
  }

  /// The attempt is given up, or goes on beside another.
  ///
  /// @param stat what it counts as
  void onSlow(UpstreamRequest from, int stat, String details) {
    if (timeouts.hedges()) {
      from.onSlow(timeouts.status());
      if (state == State.WAITING) {
        attempts.hedge(from);
      }
      return;
    }
    cells().inc(stat);
    var responding = state == State.RESPONDING;
    from.onTimedOut(timeouts.status());
    from.cancel();
    if (!responding && attempts.retries(from, ResetReason.LOCAL_RESET, true)) {
      return;
    }
    if (responding) {
      countBreak(from);
    } else {
      request.countAnswer(timeouts.status());
      from.countError();
    }
    onTooSlow(details);
  }

  private void onTooSlow(String details) {
    var responding = state == State.RESPONDING;
    raise(ResponseFlag.UPSTREAM_REQUEST_TIMEOUT);
    cancel();
    if (responding) {
      host.onResponseBroken(ResetReason.LOCAL_RESET, details);
    } else {
      host.onRouterReply(request.counted(timeouts.reply(details)));
    }
  }

  // ---- flow control of the response

  @Override
  public void hold(Hold cause) {
    attempts.hold(cause);
  }

  @Override
  public void release(Hold cause) {
    attempts.release(cause);
  }

  // ---- the response

  void onResponseHead(UpstreamRequest from, HeaderMap head, boolean end) {
    if (state == State.WAITING && !attempts.isFinal(from, head)) {
      head.release();
      attempts.remove(from);
      from.cancel();
      return;
    }
    if (state == State.WAITING && follows(from, head)) {
      return;
    }
    attempts.win(from);
    var now = now();
    state = State.RESPONDING;
    info().responseHead(head);
    info().details("via_upstream");
    info().times().mark(TimePoint.UPSTREAM_RX_BEGIN, now);
    if (info().times().has(TimePoint.DOWNSTREAM_RX_END)) {
      var millis = (now - info().times().nanos(TimePoint.DOWNSTREAM_RX_END)) / MILLI;
      head.set(HeaderNames.X_ENVOY_UPSTREAM_SERVICE_TIME, Math.max(0, millis));
    }
    request.countAnswer(head.status());
    from.countResponse(head, end);
    request.addCookies(head);
    RouteHeaders.editResponse(request.match(), head, host, scope());
    if (request.forward().attempts().countsInResponse()) {
      head.set(HeaderNames.X_ENVOY_ATTEMPT_COUNT, request.attempts());
    }
    var refused = tunnel != Tunnel.NONE && !end && onTunnelAnswer(from, head);
    endedAt(from, end, now);
    host.responses().onHead(head, end || refused);
  }

  /// The response is a redirect that the proxy follows itself.
  private boolean follows(UpstreamRequest from, HeaderMap response) {
    var policy = request.forward().redirects();
    if (policy == null || !policy.statuses().contains(response.status())) {
      return false;
    }
    if (redirects == null) {
      redirects = new InternalRedirects(host);
    }
    var keepsBody = InternalRedirects.keepsBody(request.head(), response);
    var complete = requestEnded && (headIsAll || attempts.keeping());
    if (!complete
        || tunnel != Tunnel.NONE
        || !redirects.follow(policy, request, response, scope().cells())) {
      cells().inc(ClusterStats.UPSTREAM_INTERNAL_REDIRECT_FAILED_TOTAL);
      return false;
    }
    cells().inc(ClusterStats.UPSTREAM_INTERNAL_REDIRECT_SUCCEEDED_TOTAL);
    var kept = keepsBody ? attempts.takeBody() : null;
    info().responseHead(response);
    info().details("internal_redirect");
    from.cancel();
    cancel();
    host.onInternalRedirect(kept);
    return true;
  }

  /// The wait for a tunnel is over. True if it was refused in a way that leaves nothing to read: as
  /// in Envoy, for a WebSocket over HTTP/1.1 that means any answer but an error.
  private boolean onTunnelAnswer(UpstreamRequest from, HeaderMap head) {
    if (tunnel.opens(head)) {
      timeout.cancel();
      from.stopClocks();
      return false;
    }
    var asked = info().requestHead();
    if (from.version() != HttpVersion.HTTP1
        || asked == null
        || !Tunnel.isWebSocket(asked)
        || head.status() >= 400) {
      return false;
    }
    head.remove(HeaderNames.CONTENT_LENGTH);
    info().details("websocket_handshake_unsuccessful");
    cancel();
    return true;
  }

  /// The first one only, as in Envoy. A client that may have had it cannot be told of another
  /// attempt.
  void onInterimResponse(UpstreamRequest from, HeaderMap head) {
    var first = !interim;
    interim = true;
    attempts.win(from);
    if (first && host.passesInformational()) {
      host.responses().onInformational(head);
    }
  }

  void onResponseBody(UpstreamRequest from, ByteBuf chunk, boolean end) {
    endedAt(from, end, 0);
    host.responses().onBody(chunk, end);
  }

  void onResponseTrailers(UpstreamRequest from, HeaderMap trailers) {
    info().responseTrailers(trailers);
    endedAt(from, true, 0);
    host.responses().onTrailers(trailers);
  }

  private void endedAt(UpstreamRequest from, boolean end, long known) {
    if (end) {
      var now = known != 0 ? known : now();
      attempts.remove(from);
      state = State.DONE;
      timeout.cancel();
      info().times().mark(TimePoint.UPSTREAM_RX_END, now);
      cells().record(ClusterStats.UPSTREAM_RQ_TIME, from.millis(now));
    }
  }

  // ---- outcomes

  /// The attempt did not come about, or broke off.
  void onReset(UpstreamRequest from, ResetReason why, String detail) {
    if (state == State.RESPONDING) {
      raise(UpstreamFailures.flag(why));
      countBreak(from);
      cancel();
      host.onResponseBroken(
          why, UpstreamFailures.details("upstream_reset_after_response_started", why, detail));
      return;
    }
    if (attempts.retries(from, why, false)) {
      return;
    }
    request.countAnswer(UpstreamFailures.status(why));
    if (why != ResetReason.OVERFLOW) {
      from.countError();
    }
    attempts.remove(from);
    if (!attempts.othersFollow(from)) {
      raise(UpstreamFailures.flag(why));
      reply(request.counted(UpstreamFailures.reply(why, detail, request.attempts() > 1)));
    }
  }

  private void onDropped(boolean all) {
    raise(all ? ResponseFlag.UNCONDITIONAL_DROP_OVERLOAD : ResponseFlag.DROP_OVERLOAD);
    var answer =
        all ? UpstreamFailures.UNCONDITIONAL_DROP_OVERLOAD : UpstreamFailures.DROP_OVERLOAD;
    request.countAnswer(answer.status());
    reply(request.counted(answer));
  }

  private void onNobodyPicked() {
    raise(ResponseFlag.NO_HEALTHY_UPSTREAM);
    request.countAnswer(UpstreamFailures.NO_HEALTHY_UPSTREAM.status());
    reply(request.counted(UpstreamFailures.NO_HEALTHY_UPSTREAM));
  }

  private void countBreak(UpstreamRequest from) {
    if (from.countBreak()) {
      scope().cells().inc(RouterStats.RQ_RESET_AFTER_DOWNSTREAM_RESPONSE_STARTED);
    }
  }

  private void reply(LocalReply reply) {
    cancel();
    host.onRouterReply(reply);
  }

  private void raise(@Nullable ResponseFlag flag) {
    if (flag != null) {
      info().flags().raise(flag);
    }
  }

  private long now() {
    return host.loop().clock().nanoTime();
  }

  private StreamInfo info() {
    return host.info();
  }

  RouterScope scope() {
    return Objects.requireNonNull(scope, "not started");
  }

  private StatCells cells() {
    return request.cells();
  }
}
