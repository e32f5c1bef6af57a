package dev.outrider.proxy.filter;

import dev.outrider.proxy.http.FlowControl;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.MessageSink;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.SignalTarget;
import dev.outrider.proxy.stream.StreamInfo;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The filters of one stream with their handles and the two passes. Owned by the stream's loop and
/// reused with it: begin the passes, [#add] the filters, [#ready], run messages through [#request]
/// and [#response], [#end], [#recycle].
public final class StreamFilters implements SignalTarget {
  private static final LocalReply REQUEST_TOO_LARGE =
      LocalReply.of(413, "Payload Too Large", "request_payload_too_large");
  private static final LocalReply RESPONSE_TOO_LARGE =
      LocalReply.of(500, "Internal Server Error", "response_payload_too_large");
  private static final int REPLY = 0;
  private static final int RESET = 1;

  private final StreamHost host;
  private final FilterPass request;
  private final FilterPass response;
  private final List<FilterHandle> handles = new ArrayList<>();
  private int count;
  private int generation;
  private boolean ended;
  private @Nullable LocalReply reply;
  private @Nullable ResetReason resetReason;
  private String resetDetails = "";

  public StreamFilters(StreamHost host) {
    this.host = host;
    this.request = new FilterPass(Direction.REQUEST, this::onRequestTooLarge);
    this.response = new FilterPass(Direction.RESPONSE, this::onResponseTooLarge);
  }

  private void onRequestTooLarge() {
    host.onRequestTooLarge();
    reply(REQUEST_TOO_LARGE);
  }

  private void onResponseTooLarge() {
    host.onResponseTooLarge();
    reply(RESPONSE_TOO_LARGE);
  }

  /// Begins the request of a new stream.
  ///
  /// @param end takes what the filters let through
  /// @param source who is held back while filters keep `limitBytes`
  public void beginRequest(MessageSink end, FlowControl source, int limitBytes) {
    request.start(end, source, limitBytes);
  }

  /// As [#beginRequest], for the response.
  public void beginResponse(MessageSink end, FlowControl source, int limitBytes) {
    response.start(end, source, limitBytes);
  }

  /// Creates this stream's filter. In configured order, which is the order of the request pass.
  public void add(WorkerFilterFactory factory) {
    if (count == handles.size()) {
      handles.add(new FilterHandle(this));
    }
    var handle = handles.get(count);
    var filter = factory.create(handle);
    if (filter != null) {
      handle.filter = filter;
      handle.requestPlace = request.add(filter);
      count++;
    }
  }

  /// All filters are there; the response pass sees them from the last to the first.
  public void ready() {
    for (var i = count - 1; i >= 0; i--) {
      var handle = handles.get(i);
      handle.responsePlace = response.add(handle.filter);
    }
  }

  public MessageSink request() {
    return request;
  }

  public MessageSink response() {
    return response;
  }

  /// A filter has answered or reset; it is carried out when the stack is empty.
  public boolean replying() {
    return reply != null || resetReason != null;
  }

  /// The proxy answers by itself: nothing more of the request is shown.
  public void onLocalReply(LocalReply local) {
    request.stop();
    for (var i = 0; i < count; i++) {
      handles.get(i).filter.onLocalReply(local);
    }
  }

  /// Nothing more of either message is shown.
  public void stop() {
    request.stop();
    response.stop();
  }

  /// Tells every filter that the stream is over. Handles still read until [#recycle].
  public void end() {
    if (!ended) {
      ended = true;
      generation++;
      stop();
      endFrom(0);
    }
  }

  /// Those behind one that throws are told too.
  private void endFrom(int first) {
    var next = first;
    try {
      while (next < count) {
        handles.get(next++).end();
      }
    } finally {
      if (next < count) {
        endFrom(next);
      }
    }
  }

  public void recycle() {
    request.recycle();
    response.recycle();
    for (var i = 0; i < count; i++) {
      handles.get(i).recycle();
    }
    count = 0;
    ended = false;
    reply = null;
    resetReason = null;
    resetDetails = "";
  }

  @Override
  public int generation() {
    return generation;
  }

  @Override
  public void onSignal(int signal) {
    var local = reply;
    var reset = resetReason;
    if (reset != null) {
      if (signal == RESET) {
        host.onFilterReset(reset, resetDetails);
      }
    } else if (local != null) {
      reply = null; // the filters of the response may put another one in its place
      host.onFilterReply(local);
    }
  }

  @Override
  public void onBug(Throwable bug) {
    host.onBug(bug);
  }

  StreamHost host() {
    return host;
  }

  FilterPass requestPass() {
    return request;
  }

  FilterPass responsePass() {
    return response;
  }

  /// Taken down now: what the filter on the stack returns is ignored. Carried out when the stack is
  /// empty.
  void reply(LocalReply local) {
    if (ended || reply != null || resetReason != null) {
      return;
    }
    reply = local;
    request.stop();
    if (host.info().responseHead() != null) {
      response.stop();
    }
    host.loop().turn().post(this, REPLY);
  }

  void reset(ResetReason why, String details) {
    if (ended || resetReason != null) {
      return;
    }
    resetReason = why;
    resetDetails = details;
    stop();
    host.loop().turn().post(this, RESET);
  }

  /// Empty trailers for the message of that pass; the caller puts them into the [StreamInfo], which
  /// owns them.
  HeaderMap addTrailers(FilterPass pass) {
    var trailers = host.heads().take(HeadKind.TRAILERS);
    pass.addTrailers(trailers);
    return trailers;
  }
}
