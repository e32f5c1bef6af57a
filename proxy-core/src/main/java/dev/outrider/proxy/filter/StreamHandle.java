package dev.outrider.proxy.filter;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.LocalReply;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.routing.RouteMatch;
import dev.outrider.proxy.stream.StreamInfo;
import org.jspecify.annotations.Nullable;

/// What one filter may do with its stream. Each filter of a stream has its own, valid until the
/// filter's [HttpFilter#onStreamEnd] has returned; to be used on the stream's loop only.
///
/// Reads and edits work at once. Effects (`resume*`, `reply`, `reset`) may be asked for at any
/// time, also inside a callback, and are carried out when no filter is on the stack; after the end
/// of the stream they do nothing.
public interface StreamHandle {
  Loop loop();

  StreamInfo info();

  /// Lets go what this filter holds of the request. Does nothing if it holds nothing then.
  void resumeRequest();

  /// Lets go what this filter holds of the response. Does nothing if it holds nothing then.
  void resumeResponse();

  /// Answers in place of the upstream. The first reply counts. If a response is under way but its
  /// head has not left yet, the reply replaces it without running through the filters; if it has
  /// left, the stream is reset.
  void reply(LocalReply reply);

  /// Ends the stream without an answer.
  ///
  /// @param details response code details of the access log
  void reset(ResetReason why, String details);

  /// Has the route be chosen again when it is next needed: after changing what the route table
  /// matches on.
  void clearRoute();

  /// Where the request goes, which is decided now if it was not yet; null if there is no route for
  /// it, or none is chosen here.
  default @Nullable RouteMatch route() {
    return null;
  }

  /// Has the routes be asked for that this request lacks because nobody wanted them so far. If
  /// there are such, this filter has to hold the request: when they have come, or cannot be had any
  /// more, the request begins anew at its first filter, or is let go here if it cannot.
  ///
  /// @return to be run at the end of the stream, so that nobody keeps it in mind; null if there is
  ///   nothing to wait for
  default @Nullable Runnable awaitRoutes() {
    return null;
  }

  /// Null before the head has come.
  @Nullable HeaderMap requestHead();

  @Nullable HeaderMap requestTrailers();

  @Nullable HeaderMap responseHead();

  @Nullable HeaderMap responseTrailers();

  /// What this filter is being shown or holds of the request's body; empty if nothing. Borrowed
  /// until the next event.
  BodyBuffer requestBody();

  /// What this filter is being shown or holds of the response's body.
  BodyBuffer responseBody();

  /// Empty trailers for a request that has none; allowed only while this filter sees the last piece
  /// of the body, and answers the same map again when asked again. Null when not allowed.
  @Nullable HeaderMap addRequestTrailers();

  @Nullable HeaderMap addResponseTrailers();
}
