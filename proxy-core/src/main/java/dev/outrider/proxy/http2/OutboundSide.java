package dev.outrider.proxy.http2;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.hpack.HpackEncoder;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.metrics.StatCells;
import io.netty.buffer.ByteBuf;

/// The sending half of an [Http2Connection]: heads go into the batch of the round at once; bodies
/// wait in their streams until the loop's round ends, and then leave in turns, as far as the
/// windows and the transport allow. So a head, a small body and the END_STREAM behind it leave in
/// one write, with those of other streams that became ready in the same round.
final class OutboundSide {
  /// RFC 9113 8.2.2.
  private static final long CONNECTION_SPECIFIC =
      1L << HeaderNames.CONNECTION.key()
          | 1L << HeaderNames.KEEP_ALIVE.key()
          | 1L << HeaderNames.PROXY_CONNECTION.key()
          | 1L << HeaderNames.TRANSFER_ENCODING.key()
          | 1L << HeaderNames.UPGRADE.key()
          | 1L << HeaderNames.HTTP2_SETTINGS.key();

  private final Http2Connection connection;
  private final Http2ConnectionSpec spec;
  private final Http2Role role;
  private final StatCells stats;
  private final FloodGuard flood;
  private final FrameWriter writer;
  private final HpackEncoder encoder;
  private final SendScheduler scheduler = new SendScheduler();
  private final Timer flushTimer;

  /// When it fires at the latest.
  private long nextFlush;

  private final Runnable flush = this::flush;
  private final int highMark;
  private int maxFrame = FrameTypes.MAX_FRAME;
  private int streamWindow = FrameTypes.INITIAL_WINDOW;
  private boolean flushAsked;
  private boolean dead;

  OutboundSide(
      Http2Connection connection, Http2ConnectionSpec spec, Http2Role role, FloodGuard flood) {
    this.connection = connection;
    this.spec = spec;
    this.role = role;
    this.stats = spec.stats();
    this.flood = flood;
    this.writer = new FrameWriter(spec.allocator(), role, flood);
    this.encoder = new HpackEncoder(spec.options().hpackTableSize(), spec.heads());
    this.flushTimer = spec.loop().timers().newTimer(this::onFlushTimeout);
    this.highMark = spec.bufferLimit();
  }

  /// For control frames; followed by [#flushLater].
  FrameWriter writer() {
    return writer;
  }

  int streamWindow() {
    return streamWindow;
  }

  // ---- messages

  void informational(Http2Stream stream, HeaderMap head) {
    if (!stream.localEnded && !stream.over) {
      headers(stream, head, false);
    }
  }

  void head(Http2Stream stream, HeaderMap head, boolean end) {
    if (!stream.localEnded && !stream.over) {
      stream.localEnded = end;
      stream.toHead = spec.client() && HeadCheck.isHead(head);
      headers(stream, head, end);
      if (end) {
        ended(stream);
      }
    }
  }

  void body(Http2Stream stream, ByteBuf chunk, boolean end) {
    if (stream.localEnded || stream.over) {
      chunk.release();
      return;
    }
    stats.add(Http2Stats.PENDING_SEND_BYTES, chunk.readableBytes());
    stream.queue.append(chunk);
    if (end) {
      lastGiven(stream);
    }
    scheduler.add(stream);
    flushLater();
    if (!stream.full && stream.queue.length() + role.unsentBytes() > highMark) {
      stream.full = true; // until half of it has gone to the transport
      connection.tellWritable(stream, false);
    }
  }

  void trailers(Http2Stream stream, HeaderMap trailers) {
    if (stream.localEnded || stream.over) {
      return;
    }
    stats.inc(Http2Stats.TRAILERS);
    stream.localEnded = true;
    scheduler.remove(stream);
    if (scheduler.isEmpty()) {
      while (!stream.queue.isEmpty() && role.writable() && frame(stream, false)) {}
    }
    if (stream.queue.isEmpty()) {
      headers(stream, trailers, true);
      ended(stream);
    } else {
      lastGiven(stream);
      stream.trailers = trailers.copy(); // its owner need not wait for the body to leave
      scheduler.add(stream);
      flushLater();
    }
  }

  private void headers(Http2Stream stream, HeaderMap head, boolean end) {
    strip(head);
    var bytes = writer.headers(stream.id(), head, end, encoder, maxFrame);
    stream.headBytesSent += FrameTypes.HEAD_LENGTH + bytes;
    stream.bytesSent += FrameTypes.HEAD_LENGTH + bytes;
    flushLater();
  }

  /// A filter or a local reply may have put there what is for HTTP/1.
  private static void strip(HeaderMap head) {
    var raw = head.raw();
    for (int line = 0, end = raw.count(); line < end; line++) {
      var key = raw.key(line);
      if (key > 0 && key < Long.SIZE && (CONNECTION_SPECIFIC >>> key & 1) != 0) {
        head.removeLine(line);
      }
    }
  }

  /// END_STREAM is in the batch.
  private void ended(Http2Stream stream) {
    stream.endSent = true;
    stream.flushDeadline = 0;
    var sink = stream.sink;
    if (sink != null) {
      sink.onSent();
    }
    if (stream.remoteEnded) {
      connection.closed(stream);
    } else if (stream.done) {
      stopPeer(stream);
    }
  }

  /// We are done, the peer is not: RFC 9113 8.1 for servers.
  private void stopPeer(Http2Stream stream) {
    connection.resetStream(stream, spec.client() ? Http2Error.CANCEL : Http2Error.NO_ERROR);
  }

  /// The owner is done with a stream that is not over.
  void done(Http2Stream stream) {
    if (!stream.localEnded) {
      connection.resetStream(stream, spec.client() ? Http2Error.CANCEL : Http2Error.INTERNAL_ERROR);
    } else if (stream.endSent && !stream.remoteEnded) { // else it closes once its end is delivered
      stopPeer(stream);
    }
  }

  /// From now on the peer has to take something now and then.
  private void lastGiven(Http2Stream stream) {
    stream.localEnded = true;
    var millis = flushMillis(stream);
    if (millis > 0) {
      stream.flushDeadline = now() + millis;
      if (!flushTimer.armed() || stream.flushDeadline < nextFlush) {
        nextFlush = stream.flushDeadline;
        flushTimer.arm(millis);
      }
    }
  }

  private long flushMillis(Http2Stream stream) {
    return stream.flushMillis < 0 ? spec.flushMillis() : stream.flushMillis;
  }

  /// Sends what was given and the windows allow, before a reset: the peer has a right to it, and
  /// Envoy has sent it by then. Only as much as one stream can hold back, so nobody asks the
  /// transport.
  void sendRest(Http2Stream stream) {
    scheduler.remove(stream);
    while (!stream.queue.isEmpty() && frame(stream, false)) {}
  }

  /// Drops what waits to be sent on a stream that ends.
  void forget(Http2Stream stream) {
    scheduler.remove(stream);
    stats.sub(Http2Stats.PENDING_SEND_BYTES, stream.queue.length());
    stream.queue.close();
    if (stream.trailers != null) {
      stream.trailers.release();
      stream.trailers = null;
    }
  }

  // ---- what the peer allows

  void maxFrame(int bytes) {
    maxFrame = bytes;
  }

  void tableSize(long bytes) {
    encoder.maxTableSize((int) Math.min(bytes, Integer.MAX_VALUE));
  }

  /// RFC 9113 6.9.2: all windows move; some may become negative. Returns false if one becomes too
  /// large.
  boolean streamWindow(int bytes, Http2Stream[] streams) {
    var change = bytes - streamWindow;
    streamWindow = bytes;
    for (var stream : streams) {
      if (change > 0 && stream.sendWindow > Integer.MAX_VALUE - change) {
        return false;
      }
      stream.sendWindow += change;
      wake(stream);
    }
    return true;
  }

  /// Returns false if the window becomes too large.
  boolean widen(Http2Stream stream, int bytes) {
    if (stream.sendWindow > Integer.MAX_VALUE - bytes) {
      return false;
    }
    stream.sendWindow += bytes;
    wake(stream);
    return true;
  }

  boolean widen(int bytes) {
    if (!scheduler.isEmpty()) {
      flushLater();
    }
    return scheduler.widen(bytes);
  }

  private void wake(Http2Stream stream) {
    if (stream.sendWindow > 0 && !stream.queue.isEmpty()) {
      scheduler.add(stream);
      flushLater();
    }
  }

  // ---- sending

  void flushLater() {
    if (!flushAsked) {
      flushAsked = true;
      spec.loop().turn().flushAfterRound(flush);
    }
  }

  private void flush() {
    flushAsked = false;
    if (!dead) {
      sendBodies();
      writer.flush();
      role.flush();
      flood.flushed(writer.written(), role.unsentBytes());
    }
    connection.flushed();
  }

  /// A last time, before the connection is given up; what waits in the streams is lost.
  void lastFlush() {
    dead = true;
    flushTimer.cancel();
    writer.flush();
    flood.close();
  }

  void close() {
    dead = true;
    flushTimer.cancel();
    writer.close();
    flood.close();
  }

  private void sendBodies() {
    while (role.writable()) {
      var stream = scheduler.poll();
      if (stream == null) {
        return;
      }
      if (frame(stream, true)) {
        if (!stream.queue.isEmpty()) {
          scheduler.add(stream);
        }
        room(stream);
      } else if (stream.sendWindow > 0) { // the connection's window is what is lacking
        scheduler.addFirst(stream);
        return;
      }
    }
  }

  /// Sends the next frame of the stream's body, and the end behind it. Returns false if a window
  /// does not allow it.
  private boolean frame(Http2Stream stream, boolean withEnd) {
    var waiting = stream.queue.length();
    var allowed = Math.min(Math.min(stream.sendWindow, scheduler.window()), maxFrame);
    var length = Math.min(waiting, Math.max(0, allowed)); // the peer can make a window negative
    if (waiting > 0 && length == 0) {
      return false;
    }
    var all = length == waiting && stream.localEnded && withEnd;
    var last = all && stream.trailers == null;
    if (waiting > 0 || last) {
      data(stream, waiting == 0 ? 0 : length, last);
    }
    if (all) {
      var trailers = stream.trailers;
      if (trailers != null) {
        stream.trailers = null;
        headers(stream, trailers, true);
        trailers.release();
      }
      ended(stream);
    }
    return true;
  }

  private void data(Http2Stream stream, int length, boolean last) {
    writer.dataHead(stream.id(), length, last);
    for (var left = length; left > 0; ) {
      var piece = stream.queue.poll(left);
      if (piece == null) {
        throw new IllegalStateException("stream " + stream.id() + " has lost bytes");
      }
      left -= piece.readableBytes();
      writer.payload(piece);
    }
    stream.bytesSent += FrameTypes.HEAD_LENGTH + length;
    stream.sendWindow -= length;
    scheduler.used(length);
    stats.sub(Http2Stats.PENDING_SEND_BYTES, length);
    if (stream.flushDeadline != 0) {
      stream.flushDeadline = now() + flushMillis(stream);
    }
  }

  /// Half of what made it full has left.
  private void room(Http2Stream stream) {
    if (stream.full && stream.queue.length() <= highMark / 2) {
      stream.full = false;
      if (role.writable()) {
        connection.tellWritable(stream, true);
      }
    }
  }

  // ---- patience

  private void onFlushTimeout() {
    var now = now();
    var next = Long.MAX_VALUE;
    for (var stream : connection.streams().all()) {
      if (stream.flushDeadline != 0 && stream.flushDeadline <= now) {
        stats.inc(Http2Stats.TX_FLUSH_TIMEOUT);
        connection.giveUp(stream, Http2Error.NO_ERROR);
      } else if (stream.flushDeadline != 0) {
        next = Math.min(next, stream.flushDeadline);
      }
    }
    if (next != Long.MAX_VALUE) {
      nextFlush = next;
      flushTimer.arm(next - now);
    }
  }

  /// In milliseconds.
  private long now() {
    return spec.loop().clock().nanoTime() / 1_000_000;
  }
}
