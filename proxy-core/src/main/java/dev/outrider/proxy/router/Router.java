package dev.outrider.proxy.router;

import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointStats;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.HoldSet;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.http.LocalReplies;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.MessageSink;
import dev.outrider.proxy.http.RequestHeadCheck;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.http.Tunnel;
import dev.outrider.proxy.loadbalancing.PickContext;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteMatch;
import dev.outrider.proxy.stream.Protocol;
import dev.outrider.proxy.stream.ResponseFlag;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.stream.TimePoint;
import dev.outrider.proxy.stream.WireBytes;
import dev.outrider.proxy.tls.TlsInfo;
import dev.outrider.proxy.upstream.Attempt;
import dev.outrider.proxy.upstream.UpstreamCluster;
import dev.outrider.proxy.upstream.UpstreamFailures;
import dev.outrider.proxy.upstream.UpstreamSink;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Takes the request behind the last filter: chooses the route, picks an endpoint, makes the
/// attempt and hands the response back. As a [FlowControl] it holds back the response. One per
/// stream and reused with it; on the stream's loop.
public final class Router implements MessageSink, FlowControl, PickContext {
  private enum State {
    IDLE,
    /// An attempt is under way and its response has not begun.
    WAITING,
    RESPONDING,
    /// Answered, broken off or complete: what still comes of the request is dropped.
    DONE
  }

  private static final long MILLI = 1_000_000;
  private static final String DIRECT_RESPONSE = "direct_response";
  private static final String REWRITE_DOES_NOT_FIT = "route_rewrite_does_not_fit";
  private static final Hold[] HOLDS = Hold.values();

  private final RouterHost host;
  private final Timer timeout;
  private final Responses responses = new Responses();
  private final HoldSet responseHolds = new HoldSet();
  private @Nullable RouterScope scope;
  private @Nullable UpstreamCluster cluster;
  private @Nullable Endpoint endpoint;
  private @Nullable Attempt stream;
  private State state = State.IDLE;
  private long timeoutMillis;
  private Tunnel tunnel = Tunnel.NONE;
  private HttpVersion version = HttpVersion.HTTP1;
  private boolean informed;
  private long attemptNanos;
  private boolean requestEnded;

  public Router(RouterHost host) {
    this.host = host;
    this.timeout = host.loop().timers().newTimer(this::onTimeout);
  }

  /// For the next stream.
  public void start(RouterScope newScope) {
    scope = newScope;
    informed = false;
    state = State.IDLE;
  }

  /// Whether the request was sent to an upstream.
  public boolean forwarded() {
    return endpoint != null;
  }

  /// Gives up what is under way. Nothing more comes from the router.
  public void cancel() {
    state = State.DONE;
    timeout.cancel();
    var attempt = stream;
    if (attempt != null) {
      stream = null;
      attempt.cancel();
    }
  }

  public void recycle() {
    cancel();
    responseHolds.clear();
    scope = null;
    cluster = null;
    endpoint = null;
  }

  /// The log names the cluster that a request was meant for, though it may never get here.
  public void nameCluster() {
    var match = info().clusterName().isEmpty() ? host.route() : null;
    if (match != null && match.route().action() instanceof RouteAction.Forward) {
      var meant = scope().upstreams().find(match.clusterName());
      if (meant != null) {
        info().cluster(meant.config().name(), meant.config().statName());
      }
    }
  }

  // ---- the request

  @Override
  public void onHead(HeaderMap head, boolean end) {
    scope().cells().inc(RouterStats.RQ_TOTAL);
    var match = host.route();
    if (match == null) {
      scope().cells().inc(RouterStats.NO_ROUTE);
      raise(ResponseFlag.NO_ROUTE_FOUND);
      reply(LocalReply.of(404, "route_not_found"));
      return;
    }
    switch (match.route().action()) {
      case RouteAction.DirectResponse direct -> {
        scope().cells().inc(RouterStats.RQ_DIRECT_RESPONSE);
        reply(LocalReply.of(direct.status(), direct.body(), DIRECT_RESPONSE));
      }
      case RouteAction.Redirect redirect -> {
        var rewrite = redirect.pathRewrite();
        if (rewrite == null
            || RequestTarget.rewritePath(head, match.route().matcher().path(), rewrite)) {
          redirect(redirect.status(), RedirectLocation.of(redirect, head));
        } else {
          reply(LocalReply.of(500, REWRITE_DOES_NOT_FIT));
        }
      }
      case RouteAction.TlsRedirect _ -> redirect(301, RedirectLocation.overTls(head));
      case RouteAction.Forward forward -> forward(match, forward, head, end);
    }
  }

  private void redirect(int status, String location) {
    scope().cells().inc(RouterStats.RQ_DIRECT_RESPONSE);
    reply(LocalReply.of(status, DIRECT_RESPONSE).withHeader(HeaderNames.LOCATION, location));
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    if (stream == null) {
      chunk.release();
      return;
    }
    stream.onBody(chunk, end);
    if (end) {
      onRequestEnd();
    }
  }

  @Override
  public void onTrailers(HeaderMap trailers) {
    if (stream != null) {
      stream.onTrailers(trailers);
      onRequestEnd();
    }
  }

  @Override
  public void onReset(ResetReason why) {
    cancel();
  }

  private void forward(RouteMatch match, RouteAction.Forward forward, HeaderMap head, boolean end) {
    var found = scope().upstreams().find(match.clusterName());
    if (found == null) {
      scope().cells().inc(RouterStats.NO_CLUSTER);
      raise(ResponseFlag.NO_CLUSTER_FOUND);
      reply(
          LocalReply.of(
              forward.clusterNotFoundCode(), UpstreamFailures.CLUSTER_NOT_FOUND.details()));
      return;
    }
    cluster = found;
    var known = found.config();
    info().cluster(known.name(), known.statName(), known.metadata());
    info().upstream().countAttempt();
    info().upstream().endpointCount(found.endpoints().endpoints().size());
    timeoutMillis = ControlHeaders.take(head, forward.timeouts().total().toMillis());
    if (timeoutMillis > 0) {
      head.set(HeaderNames.X_ENVOY_EXPECTED_RQ_TIMEOUT_MS, timeoutMillis);
    }
    var picked = found.pick(this);
    if (picked == null) {
      raise(ResponseFlag.NO_HEALTHY_UPSTREAM);
      fail(UpstreamFailures.NO_HEALTHY_UPSTREAM);
      return;
    }
    if (prepare(match, forward, picked, head)) {
      attempt(found, picked, forward, head, end);
    }
  }

  /// What the upstream is told in addition. False, and an answer, if filters or the route left a
  /// head that cannot be sent.
  private boolean prepare(
      RouteMatch match, RouteAction.Forward forward, Endpoint picked, HeaderMap head) {
    var path = match.route().matcher().path();
    if (!RequestTarget.rewrite(head, path, forward.rewrite(), picked.hostname())) {
      reply(LocalReply.of(500, REWRITE_DOES_NOT_FIT));
      return false;
    }
    var missing = RequestHeadCheck.missing(head);
    if (missing != null) {
      var text = "missing required header: " + missing;
      var details = "filter_removed_required_request_headers{" + text.replace(' ', '_') + "}";
      raise(ResponseFlag.DOWNSTREAM_PROTOCOL_ERROR);
      reply(LocalReply.of(503, text, details));
    }
    return missing == null;
  }

  private void attempt(
      UpstreamCluster found,
      Endpoint picked,
      RouteAction.Forward forward,
      HeaderMap head,
      boolean end) {
    endpoint = picked;
    info().upstream().attempt(picked.address(), picked.hostname());
    info()
        .upstream()
        .described(picked.locality(), picked.metadata().own(), picked.metadata().ofLocality());
    attemptNanos = now();
    requestEnded = false;
    state = State.WAITING;
    version = found.config().http().towards(downstreamVersion());
    var opened =
        forward.upgrades().terminatesConnect() && Tunnel.isConnect(head)
            ? found.openTunnel(picked, responses, host.requests())
            : found.open(picked, version, forward.priority(), responses, host.requests());
    stream = opened;
    for (var cause : HOLDS) {
      if (responseHolds.heldBy(cause)) {
        opened.hold(cause);
      }
    }
    opened.onHead(head, end);
    tunnel = end ? Tunnel.NONE : Tunnel.asked(head);
    if (end) {
      onRequestEnd();
    } else if (tunnel != Tunnel.NONE) {
      armTimeout(); // its end may be far, and only the answer is waited for
    }
  }

  private HttpVersion downstreamVersion() {
    return info().protocol() == Protocol.HTTP_2 ? HttpVersion.HTTP2 : HttpVersion.HTTP1;
  }

  private void onRequestEnd() {
    requestEnded = true;
    if (info().times().has(TimePoint.UPSTREAM_TX_BEGIN)) {
      info().times().mark(TimePoint.UPSTREAM_TX_END, now());
    }
    if (tunnel == Tunnel.NONE) {
      armTimeout();
    }
  }

  private void armTimeout() {
    if (timeoutMillis > 0 && (state == State.WAITING || state == State.RESPONDING)) {
      timeout.arm(timeoutMillis);
    }
  }

  private void onTimeout() {
    if (state != State.WAITING && state != State.RESPONDING) {
      return;
    }
    var responding = state == State.RESPONDING;
    cells().inc(ClusterStats.UPSTREAM_RQ_TIMEOUT);
    hostCells().inc(EndpointStats.RQ_TIMEOUT);
    raise(ResponseFlag.UPSTREAM_REQUEST_TIMEOUT);
    cancel();
    if (responding) {
      broken(ResetReason.LOCAL_RESET, UpstreamFailures.TIMEOUT.details());
    } else {
      hostCells().inc(EndpointStats.RQ_ERROR);
      fail(UpstreamFailures.TIMEOUT);
    }
  }

  // ---- flow control of the response

  @Override
  public void hold(Hold cause) {
    responseHolds.hold(cause);
    if (stream != null) {
      stream.hold(cause);
    }
  }

  @Override
  public void release(Hold cause) {
    responseHolds.release(cause);
    if (stream != null) {
      stream.release(cause);
    }
  }

  // ---- outcomes

  /// Answers for the cluster: the code counts as one of its responses.
  private void fail(LocalReply reply) {
    if (cluster != null) {
      cells().countCode(ClusterStats.UPSTREAM_RQ_CODES, reply.status());
    }
    reply(reply);
  }

  private void reply(LocalReply reply) {
    cancel();
    host.onRouterReply(reply);
  }

  private void broken(ResetReason why, String details) {
    var head = info().requestHead();
    if (head != null && LocalReplies.isGrpc(head)) { // as Envoy, which counts it for gRPC only
      scope().cells().inc(RouterStats.RQ_RESET_AFTER_DOWNSTREAM_RESPONSE_STARTED);
    }
    host.onResponseBroken(why, details);
  }

  private void raise(@Nullable ResponseFlag flag) {
    if (flag != null) {
      info().flags().raise(flag);
    }
  }

  /// What comes back from the attempt.
  private final class Responses implements UpstreamSink {
    @Override
    public void onSecured(TlsInfo tls) {
      info().upstream().secured(tls);
    }

    @Override
    public void onConnected(
        HostPort localAddress, long connectionId, long connectBegunNanos, long connectedNanos) {
      var now = stream == null ? attemptNanos : now(); // a connection was ready
      info().upstream().connected(localAddress, connectionId);
      info().upstream().poolReady(now - attemptNanos);
      info().times().mark(TimePoint.UPSTREAM_CONNECT_BEGIN, connectBegunNanos);
      info().times().mark(TimePoint.UPSTREAM_CONNECT_END, connectedNanos);
      info().times().mark(TimePoint.UPSTREAM_TX_BEGIN, now);
      if (requestEnded) {
        info().times().mark(TimePoint.UPSTREAM_TX_END, now);
      }
    }

    @Override
    public WireBytes wire() {
      return info().sizes().upstream();
    }

    @Override
    public void onHead(HeaderMap head, boolean end) {
      var now = now();
      state = State.RESPONDING;
      info().responseHead(head);
      info().details("via_upstream");
      info().times().mark(TimePoint.UPSTREAM_RX_BEGIN, now);
      if (info().times().has(TimePoint.DOWNSTREAM_RX_END)) {
        var millis = (now - info().times().nanos(TimePoint.DOWNSTREAM_RX_END)) / MILLI;
        head.set(HeaderNames.X_ENVOY_UPSTREAM_SERVICE_TIME, Math.max(0, millis));
      }
      var status = head.status();
      cells().countCode(ClusterStats.UPSTREAM_RQ_CODES, status);
      hostCells().inc(status >= 500 ? EndpointStats.RQ_ERROR : EndpointStats.RQ_SUCCESS);
      var refused = tunnel != Tunnel.NONE && !end && onTunnelAnswer(head);
      endedAt(end, now);
      host.responses().onHead(head, end || refused);
    }

    /// The wait for a tunnel is over. True if it was refused in a way that leaves nothing to read:
    /// as in Envoy, for a WebSocket over HTTP/1.1 that means any answer but an error.
    private boolean onTunnelAnswer(HeaderMap head) {
      if (tunnel.opens(head)) {
        timeout.cancel();
        return false;
      }
      var request = info().requestHead();
      if (version != HttpVersion.HTTP1
          || request == null
          || !Tunnel.isWebSocket(request)
          || head.status() >= 400) {
        return false;
      }
      head.remove(HeaderNames.CONTENT_LENGTH);
      info().details("websocket_handshake_unsuccessful");
      cancel();
      return true;
    }

    /// The first one only, as in Envoy.
    @Override
    public void onInformational(HeaderMap head) {
      if (!informed && host.passesInformational()) {
        informed = true;
        host.responses().onInformational(head);
      }
    }

    @Override
    public void onBody(ByteBuf chunk, boolean end) {
      endedAt(end, 0);
      host.responses().onBody(chunk, end);
    }

    @Override
    public void onTrailers(HeaderMap trailers) {
      info().responseTrailers(trailers);
      endedAt(true, 0);
      host.responses().onTrailers(trailers);
    }

    @Override
    public void onReset(ResetReason why) {
      var detail = stream == null ? "" : stream.failureDetail();
      var responding = state == State.RESPONDING;
      stream = null;
      if (info().upstream().poolReadyNanos() < 0) {
        info().upstream().poolReady(now() - attemptNanos);
      }
      info().upstream().transportFailed(detail);
      raise(UpstreamFailures.flag(why));
      if (responding) {
        cancel();
        broken(why, UpstreamFailures.details("upstream_reset_after_response_started", why, detail));
      } else {
        if (why != ResetReason.OVERFLOW) {
          hostCells().inc(EndpointStats.RQ_ERROR);
        }
        fail(UpstreamFailures.reply(why, detail));
      }
    }

    private void endedAt(boolean end, long known) {
      if (end) {
        var now = known != 0 ? known : now();
        stream = null;
        state = State.DONE;
        timeout.cancel();
        info().times().mark(TimePoint.UPSTREAM_RX_END, now);
        cells().record(ClusterStats.UPSTREAM_RQ_TIME, (now - attemptNanos) / MILLI);
      }
    }
  }

  private long now() {
    return host.loop().clock().nanoTime();
  }

  private StreamInfo info() {
    return host.info();
  }

  private RouterScope scope() {
    return Objects.requireNonNull(scope, "not started");
  }

  private StatCells cells() {
    return Objects.requireNonNull(cluster, "no cluster chosen").cells();
  }

  private StatCells hostCells() {
    return Objects.requireNonNull(endpoint, "no endpoint picked")
        .shared()
        .cells(host.loop().index());
  }
}
