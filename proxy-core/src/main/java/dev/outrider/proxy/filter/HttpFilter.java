package dev.outrider.proxy.filter;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.LocalReply;

/// One filter of one stream. Called on the stream's loop, never again after [#onStreamEnd].
///
/// Heads, bodies and trailers are *borrowed and editable*: heads stay valid until the access log
/// has run, a body only during the call. A filter without state of its own may be one object for
/// all streams, if it never holds.
public interface HttpFilter {
  default HeadStatus onRequestHead(HeaderMap head, boolean end) {
    return HeadStatus.CONTINUE;
  }

  default BodyStatus onRequestBody(BodyBuffer body, boolean end) {
    return BodyStatus.CONTINUE;
  }

  default TrailersStatus onRequestTrailers(HeaderMap trailers) {
    return TrailersStatus.CONTINUE;
  }

  default HeadStatus onResponseHead(HeaderMap head, boolean end) {
    return HeadStatus.CONTINUE;
  }

  default BodyStatus onResponseBody(BodyBuffer body, boolean end) {
    return BodyStatus.CONTINUE;
  }

  default TrailersStatus onResponseTrailers(HeaderMap trailers) {
    return TrailersStatus.CONTINUE;
  }

  /// A 1xx head on its way to the client; cannot be held.
  default void onInformational(HeaderMap head) {}

  /// The proxy answers by itself. Comes before the reply runs through the response pass.
  default void onLocalReply(LocalReply reply) {}

  /// The stream is over, however it ended; comes exactly once, before the access log. The
  /// [StreamHandle] still reads, but its effects do nothing any more. Here a filter gives back what
  /// it holds.
  default void onStreamEnd() {}
}
