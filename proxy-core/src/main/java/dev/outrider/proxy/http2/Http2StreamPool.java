package dev.outrider.proxy.http2;

import java.util.ArrayDeque;

/// Free list of the streams of one loop.
public final class Http2StreamPool {
  private static final int KEPT = 1024;

  private final ArrayDeque<Http2Stream> free = new ArrayDeque<>();

  Http2Stream take() {
    var stream = free.pollFirst();
    return stream == null ? new Http2Stream() : stream;
  }

  void giveBack(Http2Stream stream) {
    if (free.size() < KEPT) {
      free.addFirst(stream);
    }
  }
}
