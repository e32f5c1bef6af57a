package dev.outrider.proxy.router;

import dev.outrider.proxy.cluster.AttemptResults;
import dev.outrider.proxy.cluster.ClusterStats;
import dev.outrider.proxy.cluster.Endpoint;
import dev.outrider.proxy.cluster.EndpointStats;
import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.HoldSet;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.http.LocalReplies;
import dev.outrider.proxy.http.MessageSink;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.http.Tunnel;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.stream.Protocol;
import dev.outrider.proxy.stream.TimePoint;
import dev.outrider.proxy.stream.WireBytes;
import dev.outrider.proxy.tls.TlsInfo;
import dev.outrider.proxy.upstream.Attempt;
import dev.outrider.proxy.upstream.UpstreamSink;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One attempt of a request, at one endpoint (Envoy's class of that name): opens it, watches its
/// clocks, counts what becomes of it and leaves to its [Router] what follows from that. On the loop
/// of the router, which uses it again for the next attempt.
final class UpstreamRequest implements UpstreamSink, FlowControl {
  private static final long MILLI = 1_000_000;
  private static final Hold[] HOLDS = Hold.values();
  private static final HeaderName IMMEDIATE_FAIL =
      HeaderName.of("x-envoy-immediate-health-check-fail");

  private final Router router;

  /// The one before it that is still under way; kept by [Attempts].
  @Nullable UpstreamRequest older;

  /// Made when they are first asked for: most routes have neither.
  private @Nullable Timer perTry;

  private @Nullable Timer idle;
  private @Nullable Endpoint endpoint;
  private @Nullable Attempt stream;
  private HttpVersion version = HttpVersion.HTTP1;
  private long begunNanos;
  private boolean connected;
  private boolean awaitsHead;
  private boolean retried;
  private boolean slow;
  private boolean grpcPending;

  // Of its connection, once it has one.
  private @Nullable HostPort localAddress;
  private @Nullable TlsInfo tls;
  private long connectionId;
  private long connectBegunNanos;
  private long connectedNanos;
  private long poolReadyNanos;

  UpstreamRequest(Router router) {
    this.router = router;
  }

  // ---- life

  /// Begins, with the head of the request. Nothing of the outcome is told from inside this method.
  ///
  /// @param end the head is all
  /// @param held who holds back the response
  void open(RoutedRequest request, Endpoint picked, boolean end, HoldSet held) {
    assert idle() : "attempt reused while it runs";
    endpoint = picked;
    begunNanos = now();
    var to = request.cluster();
    version = to.config().http().towards(request.downstreamVersion());
    connected = false;
    awaitsHead = true;
    retried = false;
    slow = false;
    grpcPending = false;
    localAddress = null;
    tls = null;
    poolReadyNanos = -1;
    router.host().info().upstream().tries(picked.address(), picked.hostname());
    describe();
    var head = request.head();
    var wished = request.transportSocketOptions();
    var requests = router.host().requests();
    var opened =
        request.forward().upgrades().terminatesConnect() && Tunnel.isConnect(head)
            ? to.openTunnel(picked, wished, this, requests) // the bytes go there without HTTP
            : to.open(picked, version, request.forward().priority(), wished, this, requests);
    stream = opened;
    for (var cause : HOLDS) {
      if (held.heldBy(cause)) {
        opened.hold(cause);
      }
    }
    opened.onHead(head, end);
  }

  /// Takes what follows of the request; null if it is over.
  @Nullable MessageSink request() {
    return stream;
  }

  boolean idle() {
    return stream == null;
  }

  /// Gives it up, wherever it is. Nothing more comes from it.
  void cancel() {
    stopClocks();
    awaitsHead = false;
    var open = stream;
    if (open != null) {
      stream = null;
      open.cancel();
    }
  }

  /// It is forgotten where it went.
  void recycle() {
    cancel();
    endpoint = null;
    localAddress = null;
    tls = null;
  }

  /// Makes this attempt the one that the log and the filters know of.
  void describe() {
    var to = endpoint();
    var info = router.host().info().upstream();
    info.attempt(to.address(), to.hostname());
    info.described(to.locality(), to.metadata().own(), to.metadata().ofLocality());
    if (poolReadyNanos >= 0) {
      info.poolReady(poolReadyNanos);
    }
    if (localAddress != null) {
      if (tls != null) {
        info.secured(tls);
      }
      info.connected(localAddress, connectionId);
      info.protocol(version == HttpVersion.HTTP1 ? Protocol.HTTP_1_1 : Protocol.HTTP_2);
      router.host().info().times().mark(TimePoint.UPSTREAM_CONNECT_BEGIN, connectBegunNanos);
      router.host().info().times().mark(TimePoint.UPSTREAM_CONNECT_END, connectedNanos);
    }
  }

  Endpoint endpoint() {
    return Objects.requireNonNull(endpoint, "nothing picked");
  }

  HttpVersion version() {
    return version;
  }

  long begunNanos() {
    return begunNanos;
  }

  /// The service may have seen something of the request.
  boolean connected() {
    return connected;
  }

  /// It is under way and its response has not begun.
  boolean awaitsHead() {
    return awaitsHead;
  }

  /// Another attempt has been sent beside this one, which is too slow.
  boolean retried() {
    return retried;
  }

  void hasBeenRetried() {
    retried = true;
  }

  // ---- flow control of the response

  @Override
  public void hold(Hold cause) {
    if (stream != null) {
      stream.hold(cause);
    }
  }

  @Override
  public void release(Hold cause) {
    if (stream != null) {
      stream.release(cause);
    }
  }

  // ---- clocks

  /// The request has come to its end, or will not soon: an attempt that has a connection has so
  /// much time from now on.
  void startClocks() {
    var timeouts = router.timeouts();
    if (!connected || (stream == null && !awaitsHead)) {
      return;
    }
    if (timeouts.perTryMillis() > 0) {
      if (perTry == null) {
        perTry = router.host().loop().timers().newTimer(this::onPerTryTimeout);
      }
      perTry.arm(timeouts.perTryMillis());
    }
    if (timeouts.perTryIdleMillis() > 0) {
      if (idle == null) {
        idle = router.host().loop().timers().newTimer(this::onPerTryIdleTimeout);
      }
      idle.arm(timeouts.perTryIdleMillis());
    }
  }

  void stopClocks() {
    if (perTry != null) {
      perTry.cancel();
    }
    if (idle != null) {
      idle.cancel();
    }
  }

  private void touch() {
    if (idle != null && idle.armed()) {
      idle.arm(router.timeouts().perTryIdleMillis());
    }
  }

  private void onPerTryTimeout() {
    if (idle != null) {
      idle.cancel();
    }
    if (awaitsHead && !router.begun()) { // else only the time for all of it counts
      router.onSlow(this, ClusterStats.UPSTREAM_RQ_PER_TRY_TIMEOUT, "upstream_per_try_timeout");
    }
  }

  private void onPerTryIdleTimeout() {
    if (perTry != null) {
      perTry.cancel();
    }
    router.onSlow(
        this, ClusterStats.UPSTREAM_RQ_PER_TRY_IDLE_TIMEOUT, "upstream_per_try_idle_timeout");
  }

  // ---- what is counted

  /// Nobody waits for it any longer.
  ///
  /// @param status of the answer that would be given in its place
  void onTimedOut(int status) {
    hostCells().inc(EndpointStats.RQ_TIMEOUT);
    if (!slow && awaitsHead) {
      results().onTimeout(status);
    }
  }

  /// It has been too slow, and goes on.
  void onSlow(int status) {
    slow = true;
    results().onTimeout(status);
  }

  /// It did not lead to the response.
  void countError() {
    hostCells().inc(EndpointStats.RQ_ERROR);
  }

  /// It broke off.
  ///
  /// @return whether it was a call of gRPC whose outcome was still open
  boolean countBreak() {
    var pending = grpcPending;
    if (pending) {
      grpcPending = false;
      countError();
    }
    return pending;
  }

  /// Its response is the one that the client gets.
  void countResponse(HeaderMap head, boolean end) {
    var status = head.status();
    if (status >= 500) {
      countError();
    } else if (!router.grpc()) {
      hostCells().inc(EndpointStats.RQ_SUCCESS);
    } else if (end) {
      countGrpc(head);
    } else {
      grpcPending = true;
    }
  }

  private void countGrpc(HeaderMap last) {
    grpcPending = false;
    var status = grpcStatus(last);
    hostCells()
        .inc(status >= 0 && status < 500 ? EndpointStats.RQ_SUCCESS : EndpointStats.RQ_ERROR);
  }

  /// The status of HTTP for it; -1 if there is none.
  private static int grpcStatus(HeaderMap head) {
    var line = head.find(HeaderNames.GRPC_STATUS);
    return line < 0 ? -1 : LocalReplies.httpStatus(head.valueAsLong(line));
  }

  /// What outlier detection goes by (Envoy `Upstream::Outlier::Result`).
  private AttemptResults results() {
    return endpoint().shared().results();
  }

  private StatCells hostCells() {
    return endpoint().shared().cells(router.host().loop().index());
  }

  // ---- what comes back

  @Override
  public void onSecured(TlsInfo newTls) {
    tls = newTls;
  }

  @Override
  public void onConnected(
      HostPort newLocalAddress,
      long newConnectionId,
      long newConnectBegunNanos,
      long newConnectedNanos) {
    var now = stream == null ? begunNanos : now(); // a connection was ready
    connected = true;
    localAddress = newLocalAddress;
    connectionId = newConnectionId;
    connectBegunNanos = newConnectBegunNanos;
    connectedNanos = newConnectedNanos;
    poolReadyNanos = now - begunNanos;
    describe();
    router.host().info().upstream().triedOver(newConnectionId);
    results().onConnected();
    router.host().info().times().mark(TimePoint.UPSTREAM_TX_BEGIN, now);
    if (router.requestEnded()) {
      router.host().info().times().mark(TimePoint.UPSTREAM_TX_END, now);
    }
    if (router.clocksRun()) {
      startClocks();
    }
  }

  @Override
  public WireBytes wire() {
    return router.host().info().sizes().upstream();
  }

  @Override
  public void onHead(HeaderMap head, boolean end) {
    touch();
    awaitsHead = false;
    var grpcStatus = router.grpc() ? grpcStatus(head) : -1;
    var status = grpcStatus < 0 ? head.status() : grpcStatus;
    results().onResponse(status);
    if (endpoint().shared().mayAskToFail() && head.contains(IMMEDIATE_FAIL)) {
      endpoint().shared().askedToFail();
    }
    endedAt(end);
    router.onResponseHead(this, head, end);
  }

  @Override
  public void onInformational(HeaderMap head) {
    touch();
    router.onInterimResponse(this, head);
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    touch();
    if (end) {
      countBreak(); // without trailers nobody knows what came of it
    }
    endedAt(end);
    router.onResponseBody(this, chunk, end);
  }

  @Override
  public void onTrailers(HeaderMap trailers) {
    if (grpcPending) {
      countGrpc(trailers);
    }
    endedAt(true);
    router.onResponseTrailers(this, trailers);
  }

  @Override
  public void onReset(ResetReason why) {
    var detail = stream == null ? "" : stream.failureDetail();
    stream = null;
    stopClocks();
    if (poolReadyNanos < 0) {
      poolReadyNanos = now() - begunNanos;
      router.host().info().upstream().poolReady(poolReadyNanos);
    }
    router.host().info().upstream().transportFailed(detail);
    if (why != ResetReason.OVERFLOW) { // which says nothing about the host
      results().onConnectFailed();
    }
    awaitsHead = false;
    router.onReset(this, why, detail);
  }

  /// The attempt lets go by itself.
  private void endedAt(boolean end) {
    if (end) {
      stream = null;
      stopClocks();
    }
  }

  /// Of its whole duration.
  long millis(long now) {
    return (now - begunNanos) / MILLI;
  }

  private long now() {
    return router.host().loop().clock().nanoTime();
  }
}
