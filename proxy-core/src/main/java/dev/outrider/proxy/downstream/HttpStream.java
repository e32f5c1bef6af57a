package dev.outrider.proxy.downstream;

import dev.outrider.proxy.filter.StreamFilters;
import dev.outrider.proxy.filter.StreamHost;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.GrpcTimeout;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.Hold;
import dev.outrider.proxy.http.LocalReplies;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.MessageError;
import dev.outrider.proxy.http.MessageSink;
import dev.outrider.proxy.http.RequestHeadCheck;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.SignalTarget;
import dev.outrider.proxy.overload.LoadShedPoint;
import dev.outrider.proxy.overload.ScaledTimeout;
import dev.outrider.proxy.router.Router;
import dev.outrider.proxy.router.RouterHost;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteMatch;
import dev.outrider.proxy.stream.ConnectionInfo;
import dev.outrider.proxy.stream.Protocol;
import dev.outrider.proxy.stream.ResponseFlag;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxy.stream.TimePoint;
import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One exchange: a request from a client, run through the filters to the router, and the response
/// on its way back. Takes the request from a [StreamTransport] as a [MessageSink] that *takes*
/// heads and trailers, and gives it the response.
///
/// However it goes, it ends exactly once: filters are told, the access log written, heads released,
/// at the end of the turn. Everything that could call back into a filter waits for that end too.
/// One per HTTP/1.1 connection; reused.
final class HttpStream implements StreamHost, RouterHost, MessageSink, SignalTarget {
  private enum State {
    /// Between exchanges.
    IDLE,
    /// The request runs; no head of a response has left.
    OPEN,
    /// The head of the response has left.
    RESPONDING,
    /// All of the response is with the transport, which has not sent it to its end.
    LEAVING,
    /// The last of the response has left, or there will be none: the end is posted.
    ENDING
  }

  private static final Logger LOG = LoggerFactory.getLogger("http");
  private static final int FIRST_FINAL_STATUS = 200;
  private static final int SWITCHING_PROTOCOLS = 101;

  /// A filter took the status away, or put one of an interim response in its place: the client
  /// would take the next response for the answer to this request.
  private static final LocalReply NO_STATUS =
      LocalReply.of(
          502,
          "missing required header: :status",
          "filter_removed_required_response_headers{missing_required_header:_:status}");

  private static final int END = 0;
  private static final int SHOWN_AGAIN = 1;

  private final ServingContext context;
  private final StreamTransport transport;
  private final StreamInfo info = new StreamInfo();
  private final StreamFilters filters = new StreamFilters(this);
  private final ResponseEnd responseEnd;
  private final RouteChoice route = new RouteChoice();
  private final StreamTunnel tunnel;
  private final Refusals refusals;
  private final StreamTimeouts timeouts;
  private final StreamLogs logs;
  private final Router router;
  private final HttpChain chain;
  private State state = State.IDLE;
  private int generation;
  private boolean requestEnded;
  private boolean responseEnded;

  /// It has been counted, its filters and the log have been told: never twice, whoever throws.
  private boolean concluded;

  /// Made when the router first decides something: most of its streams have responses.
  private @Nullable RouterOutcome outcome;

  HttpStream(HttpChain chain, StreamTransport transport) {
    this.chain = chain;
    this.context = chain.context();
    this.transport = transport;
    this.refusals = new Refusals(this, transport, chain);
    this.timeouts = new StreamTimeouts(context.loop().timers(), refusals);
    this.logs = new StreamLogs(chain, info);
    this.responseEnd = new ResponseEnd(this, transport, chain);
    this.router = new Router(this);
    this.tunnel = new StreamTunnel(chain);
  }

  /// A request begins: call before anything else of it.
  ///
  /// @param startNanos when its first byte came, not after `nowNanos`
  void start(
      ConnectionInfo connection, long streamId, long startNanos, long nowNanos, Protocol protocol) {
    assert state == State.IDLE : "exchange started while " + state;
    info.reset(connection, streamId);
    info.runtime(context.runtime().current());
    begin(startNanos, nowNanos, protocol);
  }

  private void begin(long startNanos, long nowNanos, Protocol protocol) {
    state = State.OPEN;
    concluded = false;
    requestEnded = false;
    responseEnded = false;
    var agoMicros = (nowNanos - startNanos) / 1_000;
    info.times().started(context.loop().clock().epochMicros() - agoMicros, startNanos);
    info.protocol(protocol);
    info.filterChainName(chain.name());
    route.start(chain.routes(), chain.scopes());
    chain.counts().streamStarted(protocol);
    logs.start();
  }

  boolean idle() {
    return state == State.IDLE;
  }

  /// An exchange runs, and its end has not been decided.
  boolean active() {
    return state == State.OPEN || state == State.RESPONDING;
  }

  // ---- the request

  @Override
  public void onHead(HeaderMap head, boolean end) {
    if (context.overload().stopsRequest()
        || context.overload().sheds(LoadShedPoint.HTTP_CONNECTION_MANAGER_DECODE_HEADERS)) {
      acceptHead(head, end);
      refusals.onOverload();
      return;
    }
    var refusal = RequestHeadCheck.check(head);
    if (refusal != null) {
      onRefused(head, end, refusal);
      return;
    }
    acceptHead(head, end);
    var refused = chain.pipeline().apply(head, info);
    if (refused != null) {
      refusals.refuse(refused);
      return;
    }
    pass(head, end);
  }

  /// The request is fit to be shown to filters.
  private void pass(HeaderMap head, boolean end) {
    router.start(chain.routerScope());
    if (!transport.writable()) {
      router.hold(Hold.SINK);
    }
    filters.beginRequest(router, transport, chain.bufferLimit());
    filters.beginResponse(responseEnd, router, chain.bufferLimit());
    route();
    logs.onRequest();
    if (!tunnel.accept(head, route.match())) {
      refusals.refuse(MessageError.UPGRADE_FAILED);
      return;
    }
    tunnel.filters(head).addTo(filters, route.match());
    filters.ready();
    filters.request().onHead(head, end);
  }

  StreamTunnel tunnel() {
    return tunnel;
  }

  /// For a request that has begun and is not to be served.
  Refusals refusals() {
    return refusals;
  }

  /// Instead of [#onHead]: a request that is answered without filters and router.
  ///
  /// @param head null if not even that could be read; *taken*
  void onRefused(@Nullable HeaderMap head, boolean end, MessageError error) {
    if (head != null && error.protocolError() && info.protocol() != Protocol.HTTP_2) {
      head.release(); // as Envoy, where nothing of it reaches the log
    } else if (head != null) {
      acceptHead(head, end);
    }
    refusals.refuse(error);
  }

  private void acceptHead(HeaderMap head, boolean end) {
    info.requestHead(head);
    timeouts.start(chain.http().timeouts(), chain.silenceMillis(), end);
    if (end) {
      onRequestEnd();
    }
  }

  @Override
  public void onBody(ByteBuf chunk, boolean end) {
    if (answered()) {
      chunk.release();
      return;
    }
    timeouts.touch();
    info.sizes().addRequestBody(chunk.readableBytes());
    if (end) {
      onRequestEnd();
    }
    filters.request().onBody(chunk, end);
  }

  @Override
  public void onTrailers(HeaderMap trailers) {
    if (answered()) {
      trailers.release();
      return;
    }
    timeouts.touch();
    info.requestTrailers(trailers);
    onRequestEnd();
    filters.request().onTrailers(trailers);
  }

  /// The client is gone.
  @Override
  public void onReset(ResetReason why) {
    onReset(ResponseFlag.DOWNSTREAM_CONNECTION_TERMINATION, "downstream_remote_disconnect");
  }

  /// The codec gave the request up, or the client did.
  ///
  /// @param details as in Envoy's response code details
  void onReset(ResponseFlag flag, String details) {
    if (active() || state == State.LEAVING) {
      info.flags().raise(flag);
      info.details(details);
      stopAndEnd();
    }
  }

  /// The request went to an upstream.
  boolean forwarded() {
    return router.forwarded();
  }

  boolean requestEnded() {
    return requestEnded;
  }

  private void onRequestEnd() {
    requestEnded = true;
    timeouts.requestEnded();
    info.times().mark(TimePoint.DOWNSTREAM_RX_END, context.loop().clock().nanoTime());
  }

  /// What still comes of the request is of no interest, and the answer was given before its end.
  private boolean answered() {
    return !active() || routerReply() != null || filters.replying();
  }

  // ---- flow control

  @Override
  public FlowControl requests() {
    return transport;
  }

  /// The client takes no more, or takes more again.
  void onWritable(boolean writable) {
    if (writable) {
      timeouts.touch();
      router.release(Hold.SINK);
    } else {
      router.hold(Hold.SINK);
    }
  }

  // ---- the route

  @Override
  public @Nullable RouteMatch route() {
    if (!route.known()) {
      route.choose(info, context);
      var usual = chain.http().timeouts();
      timeouts.follow(
          context
              .overload()
              .scaled(
                  ScaledTimeout.HTTP_DOWNSTREAM_STREAM_IDLE,
                  route.idleMillis(usual.streamIdleMillis())));
      limit(route.streamMillis(info, usual.maxStreamMillis()));
      transport.flushMillis(
          context
              .overload()
              .scaled(ScaledTimeout.HTTP_DOWNSTREAM_STREAM_FLUSH, route.flushMillis()));
    }
    return route.match();
  }

  /// A call of gRPC is told of it.
  private void limit(long millis) {
    timeouts.limit(millis, info.times().startNanos(), context.loop().clock());
    var head = info.requestHead();
    if (millis > 0 && head != null && LocalReplies.isGrpc(head)) {
      GrpcTimeout.set(head, millis);
    }
  }

  @Override
  public void clearRoute() {
    route.clear();
  }

  @Override
  public void renewRoutes() {
    route.renew(chain.routes(), chain.scopes());
  }

  @Override
  public @Nullable Runnable askForRoutes(Consumer<Boolean> done) {
    var head = info.requestHead();
    return head == null ? null : chain.askForRoutes(head, done);
  }

  /// As Envoy: only if all of the request is there. Here its head has to be all.
  @Override
  public boolean showAgain() {
    if (state != State.OPEN
        || !requestEnded
        || info.sizes().requestBody() > 0
        || info.requestTrailers() != null) {
      return false;
    }
    context.loop().turn().post(this, SHOWN_AGAIN);
    return true;
  }

  private void beginFilters() {
    var head = info.requestHead();
    if (head == null) {
      return;
    }
    filters.end();
    filters.recycle();
    router.recycle();
    pass(head, true);
  }

  // ---- local replies

  @Override
  public void onRouterReply(LocalReply reply) {
    outcome().replies(reply);
  }

  @Override
  public void onInternalRedirect(@Nullable BodyBuffer body) {
    outcome().redirects(body);
  }

  @Override
  public void onResponseBroken(ResetReason why, String details) {
    outcome().breaks(why, details);
  }

  private RouterOutcome outcome() {
    var known = outcome;
    if (known == null) {
      known = new RouterOutcome(this);
      outcome = known;
    }
    return known;
  }

  private @Nullable LocalReply routerReply() {
    return outcome == null ? null : outcome.reply();
  }

  void answerForRouter(LocalReply reply) {
    if (state == State.OPEN && info.responseHead() == null) {
      answer(reply);
    }
  }

  void onRedirected() {
    if (state == State.OPEN && !filters.replying()) {
      beginAnew();
    }
  }

  /// Counts and is logged as two requests, as in Envoy.
  private void beginAnew() {
    var head = info.requestHead();
    var answer = info.responseHead();
    var protocol = info.protocol();
    if (head == null || answer == null || protocol == null) {
      return;
    }
    var headIsAll = !outcome().hasBody();
    var received = info.sizes().requestBody();
    info.responseCode(answer.status());
    responseEnded = true;
    conclude();
    filters.recycle();
    router.recycle();
    release(info.requestTrailers());
    release(answer);
    info.again();
    generation++;
    var now = context.loop().clock().nanoTime();
    begin(now, now, protocol);
    info.sizes().addRequestBody(received);
    acceptHead(head, headIsAll);
    var refused = chain.pipeline().normalize(head, info);
    if (refused == null) {
      pass(head, headIsAll);
    } else {
      refusals.refuse(refused);
    }
    sendBodyAgain();
  }

  private void sendBodyAgain() {
    var body = outcome().takeBody();
    if (body == null) {
      return;
    }
    try (body) {
      if (active()) {
        info.sizes().addRequestBody(body.length()); // again, as in Envoy
        onRequestEnd();
        body.drain(filters.request(), true);
      }
    }
  }

  @Override
  public void onFilterReply(LocalReply reply) {
    if (state == State.RESPONDING) {
      breakOff(ResetReason.LOCAL_RESET, reply.details());
    } else if (state == State.OPEN && info.responseHead() != null) {
      answerDirectly(reply);
    } else if (state == State.OPEN) {
      answer(reply);
    }
  }

  @Override
  public void onRequestTooLarge() {
    chain.httpCells().inc(HttpStats.RQ_TOO_LARGE);
  }

  @Override
  public void onResponseTooLarge() {
    chain.httpCells().inc(HttpStats.RS_TOO_LARGE);
  }

  @Override
  public void onFilterReset(ResetReason why, String details) {
    breakOff(why, details);
  }

  /// Through the filters of the response, from the first.
  private void answer(LocalReply reply) {
    closeIfRequestIsCutShort();
    router.nameCluster();
    filters.onLocalReply(reply);
    router.cancel();
    send(reply, filters.response());
  }

  /// Past the filters: the request never reached them, or one of them replaces a response under
  /// way.
  void answerDirectly(LocalReply reply) {
    if (state == State.RESPONDING) {
      breakOff(ResetReason.LOCAL_RESET, reply.details());
    } else if (state == State.OPEN) {
      closeIfRequestIsCutShort();
      filters.stop();
      router.cancel();
      send(reply, responseEnd);
    }
  }

  private void send(LocalReply reply, MessageSink to) {
    info.times().latest(context.loop().clock().nanoTime());
    chain.localAnswers().send(reply, speaker(reply), info, to);
  }

  /// Whose route has a say in an answer: a route that answers itself has none in those of others.
  @SuppressWarnings("ReferenceEquality") // this very answer
  private @Nullable RouteMatch speaker(LocalReply reply) {
    var match = route.match();
    return match != null
            && (match.route().action() instanceof RouteAction.Forward || reply == routerReply())
        ? match
        : null;
  }

  /// The rest of the request is not read: nothing behind it can be served on this connection.
  private void closeIfRequestIsCutShort() {
    if (!requestEnded) {
      transport.endAfterResponse();
    }
  }

  // ---- the response

  @Override
  public boolean passesInformational() {
    return chain.http().requests().proxyContinue();
  }

  @Override
  public MessageSink responses() {
    return filters.response();
  }

  /// The head of the response is about to leave; false if it must not.
  boolean onResponseStarts(HeaderMap head, boolean end) {
    if (state != State.OPEN) {
      return false;
    }
    var switches = head.status() == SWITCHING_PROTOCOLS && (end || tunnel.opens(head));
    if (head.status() < FIRST_FINAL_STATUS && !switches) {
      answerDirectly(NO_STATUS);
      return false;
    }
    state = State.RESPONDING;
    timeouts.responseStarted();
    timeouts.touch();
    return true;
  }

  /// The head of the response is what the client gets.
  void onResponseHead(HeaderMap head, boolean end) {
    if (tunnel.opens(head, end)) {
      logs.onTunnel();
    }
  }

  /// The head of the response has left, its end has not. Asked for each piece, which counts as a
  /// sign of life.
  boolean responding() {
    if (state != State.RESPONDING) {
      return false;
    }
    timeouts.touch();
    return true;
  }

  /// The last of the response has left.
  void onResponseEnds() {
    if (state == State.RESPONDING) {
      responseEnded = true;
      if (transport.sent()) {
        state = State.ENDING;
        context.loop().turn().post(this, END);
      } else {
        state = State.LEAVING;
        timeouts.stop(); // the transport has its own patience
      }
    }
  }

  /// The transport has sent the response to its end.
  void onSent() {
    if (state == State.LEAVING) {
      state = State.ENDING;
      context.loop().turn().post(this, END);
    }
  }

  // ---- the end

  /// The transport found that the body does not fit the length in the head that has left: the
  /// client must not take what follows for a response.
  void onLengthMismatch() {
    LOG.debug("[S{}] response body does not fit its content-length", info.streamId());
    breakOff(ResetReason.PROTOCOL_ERROR, "response_length_mismatch");
  }

  /// Ends without a complete response: the client sees the connection close.
  void breakOff(ResetReason why, String details) {
    if (!active()) {
      return;
    }
    info.details(details);
    chain.httpCells().inc(HttpStats.RQ_TX_RESET);
    stopAndEnd();
    transport.onReset(why);
  }

  private void stopAndEnd() {
    filters.stop();
    router.cancel();
    state = State.ENDING;
    context.loop().turn().post(this, END);
  }

  private void end() {
    try {
      conclude();
    } finally {
      recycle();
      transport.onStreamDone();
    }
  }

  private void conclude() {
    if (concluded) {
      return;
    }
    concluded = true;
    timeouts.stop();
    router.cancel();
    var now = context.loop().clock().nanoTime();
    if (responseEnded) {
      info.times().mark(TimePoint.DOWNSTREAM_TX_END, now);
    }
    info.times().ended(now);
    var early = !requestEnded && info.responseCode() != 0;
    var cutShort = !requestEnded || !responseEnded;
    chain.counts().streamEnded(early, cutShort, info.times().durationNanos() / 1_000_000);
    transport.measure(info.sizes().downstream());
    tunnel.end();
    try {
      filters.end();
    } finally { // whatever a filter does there
      logs.end();
    }
  }

  private void recycle() {
    filters.recycle();
    router.recycle();
    router.forgetRedirects();
    if (outcome != null) {
      outcome.clear();
    }
    release(info.requestHead());
    release(info.requestTrailers());
    release(info.responseHead());
    release(info.responseTrailers());
    info.reset(ConnectionInfo.NONE, 0);
    generation++;
    state = State.IDLE;
    route.start(null, null);
  }

  private static void release(@Nullable HeaderMap head) {
    if (head != null) {
      head.release();
    }
  }

  @Override
  public int generation() {
    return generation;
  }

  @Override
  public void onSignal(int signal) {
    if (signal == END) {
      end();
    } else if (state == State.OPEN && !filters.replying()) {
      beginFilters();
    }
  }

  @Override
  public void onBug(Throwable bug) {
    LOG.error("[S{}] stream ended by a bug", info.streamId(), bug);
    chain.httpCells().inc(HttpStats.RQ_INTERNAL_ERROR);
    breakOff(ResetReason.LOCAL_RESET, "internal_error");
  }

  @Override
  public Loop loop() {
    return context.loop();
  }

  @Override
  public StreamInfo info() {
    return info;
  }

  @Override
  public HeadStores heads() {
    return context.heads();
  }
}
