package dev.outrider.proxy.filter;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.MessageSink;
import io.netty.buffer.ByteBuf;

/// One filter's place in a pass: what it holds. Reused for the filters of later streams.
final class Slot {
  /// How much of the message the filter keeps from the next one, beginning with its head.
  enum HeadHold {
    NONE,
    HEAD,
    ALL_LIMITED,
    ALL_BACKPRESSURE
  }

  private static final HttpFilter NOBODY = new HttpFilter() {};

  /// What the filter is shown: the new bytes, or all that it keeps.
  final BodyBuffer shown = new BodyBuffer(Integer.MAX_VALUE);

  /// Kept and not to be shown again; in front of `shown`.
  private final BodyBuffer kept = new BodyBuffer(Integer.MAX_VALUE);

  HttpFilter filter = NOBODY;
  HeadHold headHold = HeadHold.NONE;
  boolean holdsBody;

  /// The end of the body has come here and not gone further.
  boolean holdsEnd;

  /// The filter has seen (or added) trailers that have not gone further.
  boolean holdsTrailers;

  /// Trailers have come that the filter has not been shown.
  boolean trailersWait;

  boolean pushesBack;

  /// Body bytes that came here: differs from what is held once the filter has edited them.
  private long arrived;

  boolean holdsAll() {
    return headHold == HeadHold.ALL_LIMITED || headHold == HeadHold.ALL_BACKPRESSURE;
  }

  boolean holds() {
    return headHold != HeadHold.NONE || holdsBody || holdsEnd || holdsTrailers;
  }

  int heldBytes() {
    return kept.length() + shown.length();
  }

  void take(ByteBuf chunk) {
    arrived += chunk.readableBytes();
    shown.append(chunk);
  }

  void keepShown() {
    for (var chunk = shown.poll(); chunk != null; chunk = shown.poll()) {
      kept.append(chunk);
    }
  }

  void moveBodyTo(Slot next) {
    for (var chunk = kept.poll(); chunk != null; chunk = kept.poll()) {
      next.take(chunk);
    }
    for (var chunk = shown.poll(); chunk != null; chunk = shown.poll()) {
      next.take(chunk);
    }
  }

  void drainTo(MessageSink end, boolean ended) {
    if (!kept.isEmpty()) {
      kept.drain(end, ended && shown.isEmpty());
      if (shown.isEmpty()) {
        return;
      }
    }
    shown.drain(end, ended);
  }

  /// Before a head that was held goes on: its `content-length` has to fit what became of the body
  /// meanwhile.
  void frameAnew(HeaderMap head, boolean trailersFollow) {
    var line = head.find(HeaderNames.CONTENT_LENGTH);
    if (line < 0) {
      return;
    }
    if (holdsEnd && !trailersFollow) {
      // A filter before this one may have edited what it let through.
      if (head.valueAsLong(line) != heldBytes()) {
        head.set(HeaderNames.CONTENT_LENGTH, heldBytes());
      }
    } else if (arrived != heldBytes() || trailersFollow) {
      head.remove(HeaderNames.CONTENT_LENGTH);
    }
  }

  void clear() {
    filter = NOBODY;
    headHold = HeadHold.NONE;
    holdsBody = false;
    holdsEnd = false;
    holdsTrailers = false;
    trailersWait = false;
    pushesBack = false;
    arrived = 0;
    shown.close();
    kept.close();
  }
}
