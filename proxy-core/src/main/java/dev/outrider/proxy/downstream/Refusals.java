package dev.outrider.proxy.downstream;

import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.MessageError;
import dev.outrider.proxy.metrics.StatCells;
import dev.outrider.proxy.pipeline.RequestPipeline;
import dev.outrider.proxy.stream.ResponseFlag;

/// Why the proxy itself refuses a request, or gives an exchange up when one of its clocks has run
/// out: what that counts as, what the log is told of it, what the client gets. Belongs to one
/// stream.
record Refusals(HttpStream stream, StreamTransport transport, HttpChain chain)
    implements StreamTimeouts.Expiry {
  private static final int DEADLINE_EXCEEDED = 4;

  private static final LocalReply OVERLOADED = LocalReply.of(503, "envoy overloaded", "overload");

  private static final LocalReply ABORTED = LocalReply.of(500, "Internal Server Error", "overload");

  // ---- the request

  /// The process cannot bear it.
  void onOverload() {
    cells().inc(HttpStats.RQ_OVERLOAD_CLOSE);
    stream.answerDirectly(OVERLOADED);
  }

  /// Nor may its codec go on, so that it has no head.
  void onAborted() {
    cells().inc(HttpStats.RQ_OVERLOAD_CLOSE);
    transport.endAfterResponse();
    stream.answerDirectly(ABORTED);
    stream.info().flags().raise(ResponseFlag.DOWNSTREAM_PROTOCOL_ERROR); // as Envoy
  }

  /// Its head did not come in time.
  void onHeadTimeout() {
    transport.endAfterResponse();
    if (chain.http().timeouts().requestHeadersMillis() > 0) {
      cells().inc(HttpStats.RQ_HEADER_TIMEOUT);
      stream.answerDirectly(LocalReply.of(408, "request header timeout", "request_header_timeout"));
    } else {
      cells().inc(HttpStats.RQ_IDLE_TIMEOUT);
      stream.info().flags().raise(ResponseFlag.STREAM_IDLE_TIMEOUT);
      stream.answerDirectly(LocalReply.of(408, "stream timeout", "stream_idle_timeout"));
    }
  }

  /// Its head is not what may be shown to filters.
  void refuse(RequestPipeline.Refusal why) {
    chain.counts().refused(why);
    if (why.closes()) {
      transport.endAfterResponse();
    }
    stream.answerDirectly(why.reply());
  }

  /// The codec lost its way inside the request, or the head may not be served.
  void refuse(MessageError error) {
    chain.counts().refused(error);
    if (error != MessageError.ABSOLUTE_PATH) { // as Envoy: only that one keeps the connection
      transport.endAfterResponse();
    }
    stream.answerDirectly(LocalReply.of(error));
    if (error.protocolError()) { // after the mappers of local replies have looked, as in Envoy
      stream.info().flags().raise(ResponseFlag.DOWNSTREAM_PROTOCOL_ERROR);
    }
  }

  // ---- the clocks of an exchange

  @Override
  public void onIdle() {
    cells().inc(HttpStats.RQ_IDLE_TIMEOUT);
    stream.info().flags().raise(ResponseFlag.STREAM_IDLE_TIMEOUT);
    stream.onFilterReply(LocalReply.of(statusOfLate(), "stream timeout", "stream_idle_timeout"));
  }

  @Override
  public void onRequestTooSlow() {
    cells().inc(HttpStats.RQ_TIMEOUT);
    stream.onFilterReply(LocalReply.of(408, "request timeout", "request_overall_timeout"));
  }

  @Override
  public void onTooLong() {
    cells().inc(HttpStats.RQ_MAX_DURATION_REACHED);
    stream.onFilterReply(
        LocalReply.of(statusOfLate(), "downstream duration timeout", "max_duration_timeout")
            .withGrpcStatus(DEADLINE_EXCEEDED));
  }

  /// Whoever was waited for is to blame.
  private int statusOfLate() {
    return stream.requestEnded() ? 504 : 408;
  }

  private StatCells cells() {
    return chain.httpCells();
  }
}
