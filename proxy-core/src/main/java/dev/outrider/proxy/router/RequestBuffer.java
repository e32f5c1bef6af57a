package dev.outrider.proxy.router;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.MessageSink;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// What follows the head of a request as far as it has come, kept to be sent once more. Keeps all
/// of it or none. Belongs to a [Router].
final class RequestBuffer {
  private final BodyBuffer kept = new BodyBuffer(Integer.MAX_VALUE);
  private @Nullable HeaderMap trailers; // borrowed
  private boolean keeping;
  private long limit;

  /// Begins to keep at most that many bytes.
  void start(long newLimit) {
    keeping = true;
    limit = newLimit;
  }

  /// Borrows the chunk. False if it does not fit any more: then nothing is kept from now on.
  boolean keep(ByteBuf chunk) {
    if (!keeping) {
      return true;
    }
    if (kept.length() + (long) chunk.readableBytes() > limit) {
      drop();
      return false;
    }
    kept.append(chunk.retainedDuplicate());
    return true;
  }

  /// The request ends with them. Borrowed until [#drop].
  void keep(HeaderMap last) {
    if (keeping) {
      trailers = last;
    }
  }

  boolean keeping() {
    return keeping;
  }

  boolean isEmpty() {
    return kept.isEmpty() && trailers == null;
  }

  /// Sends it; what is kept stays.
  ///
  /// @param complete the request has come to its end
  void replay(MessageSink to, boolean complete) {
    if (!kept.isEmpty()) {
      kept.share().drain(to, complete && trailers == null);
    }
    if (trailers != null) {
      to.onTrailers(trailers);
    }
  }

  /// The body that is kept, and is the taker's from now on; null if there is none.
  @Nullable BodyBuffer take() {
    return kept.isEmpty() ? null : kept.share();
  }

  /// It will not be needed.
  void drop() {
    keeping = false;
    trailers = null;
    kept.close();
  }
}
