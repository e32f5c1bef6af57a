package dev.outrider.proxy.http2;

import org.jspecify.annotations.Nullable;

/// Which streams have something to send and may, in turns: each gets one frame, then the next one.
/// Knows the window of the connection. An intrusive list.
final class SendScheduler {
  private @Nullable Http2Stream first;
  private @Nullable Http2Stream last;
  private int window = FrameTypes.INITIAL_WINDOW;

  /// What may be sent on all streams together.
  int window() {
    return window;
  }

  void used(int bytes) {
    window -= bytes;
  }

  /// Returns false if the window would become too large.
  boolean widen(int bytes) {
    if (window > Integer.MAX_VALUE - bytes) {
      return false;
    }
    window += bytes;
    return true;
  }

  boolean isEmpty() {
    return first == null;
  }

  /// Lines the stream up behind the others, unless it waits already.
  void add(Http2Stream stream) {
    if (stream.ready) {
      return;
    }
    stream.ready = true;
    var tail = last;
    if (tail == null) {
      first = stream;
    } else {
      tail.nextReady = stream;
    }
    last = stream;
  }

  /// As [#add], before the others.
  void addFirst(Http2Stream stream) {
    if (!stream.ready) {
      stream.ready = true;
      stream.nextReady = first;
      first = stream;
      if (last == null) {
        last = stream;
      }
    }
  }

  @Nullable Http2Stream poll() {
    var stream = first;
    if (stream != null) {
      first = stream.nextReady;
      if (first == null) {
        last = null;
      }
      stream.nextReady = null;
      stream.ready = false;
    }
    return stream;
  }

  /// Linear; for streams that are reset.
  void remove(Http2Stream stream) {
    if (!stream.ready) {
      return;
    }
    @Nullable Http2Stream before = null;
    for (var at = first; at != null && at != stream; at = at.nextReady) {
      before = at;
    }
    if (before == null) {
      first = stream.nextReady;
    } else {
      before.nextReady = stream.nextReady;
    }
    if (last == stream) {
      last = before;
    }
    stream.nextReady = null;
    stream.ready = false;
  }
}
