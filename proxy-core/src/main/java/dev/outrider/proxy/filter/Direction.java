package dev.outrider.proxy.filter;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeaderMap;

/// Which of the two messages of a stream a pass carries: the calls that differ.
enum Direction {
  REQUEST {
    @Override
    HeadStatus head(HttpFilter filter, HeaderMap head, boolean end) {
      return filter.onRequestHead(head, end);
    }

    @Override
    BodyStatus body(HttpFilter filter, BodyBuffer body, boolean end) {
      return filter.onRequestBody(body, end);
    }

    @Override
    TrailersStatus trailers(HttpFilter filter, HeaderMap trailers) {
      return filter.onRequestTrailers(trailers);
    }
  },
  RESPONSE {
    @Override
    HeadStatus head(HttpFilter filter, HeaderMap head, boolean end) {
      return filter.onResponseHead(head, end);
    }

    @Override
    BodyStatus body(HttpFilter filter, BodyBuffer body, boolean end) {
      return filter.onResponseBody(body, end);
    }

    @Override
    TrailersStatus trailers(HttpFilter filter, HeaderMap trailers) {
      return filter.onResponseTrailers(trailers);
    }
  };

  abstract HeadStatus head(HttpFilter filter, HeaderMap head, boolean end);

  abstract BodyStatus body(HttpFilter filter, BodyBuffer body, boolean end);

  abstract TrailersStatus trailers(HttpFilter filter, HeaderMap trailers);
}
