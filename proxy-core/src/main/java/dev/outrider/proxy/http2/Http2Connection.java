package dev.outrider.proxy.http2;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.metrics.StatCells;
import io.netty.buffer.ByteBuf;

/// One HTTP/2 connection in either role: its streams, and when it begins and ends. Owned by one
/// loop; every door is to be called inside a [dev.outrider.proxy.loop.Turn]. Its halves are
/// [InboundSide] and [OutboundSide].
public final class Http2Connection {
  /// What Envoy's access log says of the streams of a connection whose peer breaks the protocol.
  private static final String CODEC_ERROR = "codec_error:The_user_callback_function_failed";

  private final Http2ConnectionSpec spec;
  private final Http2Role role;
  private final StatCells stats;
  private final PeerSettings peer = new PeerSettings();
  private final OutboundSide out;
  private final InboundSide in;
  private final FrameReader reader;
  private final FloodGuard flood;
  private final GoAwaySequence goAway;
  private final KeepalivePings pings;
  private final StreamTable streams;
  private boolean alive = true;
  private boolean peerLeaves;

  public Http2Connection(Http2ConnectionSpec spec, Http2Role role) {
    this.spec = spec;
    this.role = role;
    this.stats = spec.stats();
    this.streams = new StreamTable(spec.client(), spec.streams());
    this.flood = new FloodGuard(spec.options(), stats);
    this.out = new OutboundSide(this, spec, role, flood);
    this.in = new InboundSide(this, spec, out, flood, peer);
    this.reader = new FrameReader(spec.allocator(), !spec.client(), blockLimit(spec), in);
    this.goAway = new GoAwaySequence(spec.loop(), this::sendNotice, this::sendLast);
    this.pings =
        new KeepalivePings(spec.options().keepalive(), spec.loop(), spec.random(), new Pings());
  }

  /// Blocks that are larger are not worth the decoding, even if they are only refused then.
  private static int blockLimit(Http2ConnectionSpec spec) {
    return (int) Math.min(4L * spec.fields().bytes() + FrameTypes.MAX_FRAME, 1 << 26);
  }

  // ---- for the owner

  /// Sends what comes first: the preface of a client, our settings, the window of the connection.
  public void start() {
    var options = spec.options();
    var writer = out.writer();
    if (spec.client()) {
      writer.preface();
      writer.settings(
          FrameTypes.SETTINGS_HEADER_TABLE_SIZE,
          options.hpackTableSize(),
          FrameTypes.SETTINGS_ENABLE_PUSH,
          0,
          FrameTypes.SETTINGS_MAX_CONCURRENT_STREAMS,
          options.concurrentStreams(),
          FrameTypes.SETTINGS_INITIAL_WINDOW_SIZE,
          options.streamWindow());
    } else {
      writer.settings(
          FrameTypes.SETTINGS_HEADER_TABLE_SIZE,
          options.hpackTableSize(),
          FrameTypes.SETTINGS_ENABLE_CONNECT_PROTOCOL,
          options.allowConnect() ? 1 : 0,
          FrameTypes.SETTINGS_MAX_CONCURRENT_STREAMS,
          options.concurrentStreams(),
          FrameTypes.SETTINGS_INITIAL_WINDOW_SIZE,
          options.streamWindow());
    }
    if (options.connectionWindow() > FrameTypes.INITIAL_WINDOW) {
      writer.windowUpdate(0, options.connectionWindow() - FrameTypes.INITIAL_WINDOW);
    }
    pings.start();
    out.flushLater();
  }

  /// *Takes* the bytes.
  public void read(ByteBuf bytes) {
    pings.onRead();
    reader.read(bytes);
    in.floodedOutbound();
  }

  /// How many streams may be opened now (client role). The peer's limit counts from its SETTINGS
  /// on: see [#settingsKnown].
  public int available() {
    if (!alive || peerLeaves || goAway.begun() || streams.usedUp()) {
      return 0;
    }
    var most = Math.min(peer.concurrentStreams(), spec.options().concurrentStreams());
    return Math.max(0, most - streams.size());
  }

  /// Whether the first SETTINGS of the peer have come.
  public boolean settingsKnown() {
    return peer.isKnown();
  }

  /// Whether the peer offers extended CONNECT (RFC 8441).
  public boolean peerAllowsConnect() {
    return peer.connectProtocol();
  }

  /// Begins a stream of ours (client role). The caller has checked [#available].
  public Http2Stream open(Http2StreamSink sink) {
    spec.loop().assertOnLoop();
    pings.onOpen();
    var stream = add(streams.nextId());
    stream.sink = sink;
    return stream;
  }

  /// Streams that are not over.
  public int active() {
    return streams.size();
  }

  /// Whether half a head has come: the owner may not want to wait for ever for the rest.
  public boolean midHead() {
    return reader.midBlock();
  }

  /// Says good-bye: takes no new streams after `noticeMillis`, and tells [Http2Role#onDrained] when
  /// the last stream is over. 0 shortens a good-bye that has begun.
  public void drain(long noticeMillis) {
    if (alive) {
      goAway.begin(noticeMillis);
    }
  }

  public boolean draining() {
    return goAway.begun();
  }

  /// Gives the connection up: the last GOAWAY is written, all streams end, [Http2Role#onFailed] is
  /// told.
  public void fail(Http2Error error, Http2Failure failure, String details) {
    if (!alive) {
      return;
    }
    end();
    stats.inc(Http2Stats.GOAWAY_SENT);
    out.writer().goAway(streams.lastPeerId(), error, details);
    endStreams(reason(failure), error, failure == Http2Failure.PROTOCOL ? CODEC_ERROR : details);
    out.lastFlush();
    role.onFailed(failure, details);
  }

  private static ResetReason reason(Http2Failure failure) {
    return switch (failure) {
      case PROTOCOL, FLOOD -> ResetReason.PROTOCOL_ERROR;
      case KEEPALIVE, INTERNAL -> ResetReason.CONNECTION_TERMINATION;
    };
  }

  /// The transport takes more again, or has enough.
  public void onWritable(boolean writable) {
    if (alive) {
      for (var stream : streams.all()) {
        if (!stream.full) {
          tellWritable(stream, writable);
        }
      }
      if (writable) {
        out.flushLater();
      }
    }
  }

  /// The transport is gone, or the owner closes it: all streams end, nothing more is written.
  public void close() {
    if (alive) {
      end();
      endStreams(ResetReason.CONNECTION_TERMINATION, Http2Error.NO_ERROR, "");
    }
    out.close();
  }

  private void end() {
    alive = false;
    reader.close();
    goAway.stop();
    pings.stop();
  }

  private void endStreams(ResetReason why, Http2Error error, String details) {
    for (var stream : streams.all()) {
      if (!stream.over) {
        remove(stream);
        var sink = stream.sink;
        if (sink != null) {
          sink.onReset(why, error, details);
        }
      }
    }
  }

  // ---- for the halves

  boolean alive() {
    return alive;
  }

  boolean channelWritable() {
    return alive && role.writable();
  }

  StreamTable streams() {
    return streams;
  }

  /// Whether a new stream of the peer is taken; it is refused or ignored otherwise.
  boolean admits(int id) {
    if (goAway.isFinal()) {
      streams.used(id);
      streams.rememberReset(id);
      return false;
    }
    if (streams.size() >= spec.options().concurrentStreams()) {
      streams.used(id);
      sendReset(id, Http2Error.REFUSED_STREAM);
      return false;
    }
    return true;
  }

  Http2Stream accept(int id) {
    streams.used(id);
    var stream = add(id);
    stream.sink = role.onStream(stream);
    return stream;
  }

  private Http2Stream add(int id) {
    var stream = streams.take();
    stream.start(this, id, spec.options().streamWindow(), out.streamWindow());
    streams.add(stream);
    flood.streamOpened();
    stats.inc(Http2Stats.STREAMS_ACTIVE);
    return stream;
  }

  void closeIfEnded(Http2Stream stream) {
    if (stream.remoteEnded && stream.endSent && !stream.over) {
      closed(stream);
    }
  }

  /// Both directions have ended.
  void closed(Http2Stream stream) {
    remove(stream);
    role.onStreamClosed();
    drainedIfQuiet();
  }

  private void remove(Http2Stream stream) {
    streams.remove(stream);
    stream.over = true;
    stats.dec(Http2Stats.STREAMS_ACTIVE);
    out.forget(stream);
    if (stream.unconsumed > 0) {
      in.credit(stream.unconsumed);
      stream.unconsumed = 0;
    }
    if (stream.done) {
      streams.retire(stream);
      out.flushLater();
    }
  }

  /// The connection will be given up because of this stream: nobody needs a RST_STREAM.
  void drop(Http2Stream stream) {
    if (!stream.over) {
      closed(stream);
    }
  }

  /// As [#resetStream], and the owner is told.
  void giveUp(Http2Stream stream, Http2Error error) {
    var sink = stream.sink;
    resetStream(stream, error);
    if (sink != null) {
      sink.onReset(ResetReason.LOCAL_RESET, error, "http2.tx_flush_timeout");
    }
  }

  void resetStream(Http2Stream stream, Http2Error error) {
    if (!stream.over) {
      if (alive) {
        out.sendRest(stream);
        stream.bytesSent += FrameTypes.RST_STREAM_BYTES;
        sendReset(stream.id(), error);
      }
      closed(stream);
    }
  }

  /// DATA came for a stream that is over.
  void resetClosed(int id) {
    if (!streams.recentlyReset(id)) {
      sendReset(id, Http2Error.STREAM_CLOSED);
    }
  }

  private void sendReset(int id, Http2Error error) {
    stats.inc(Http2Stats.TX_RESET);
    streams.rememberReset(id);
    out.writer().reset(id, error);
    out.flushLater();
  }

  void tellWritable(Http2Stream stream, boolean writable) {
    var sink = stream.sink;
    if (sink != null) {
      sink.onWritable(writable);
    }
  }

  void settingsChanged() {
    role.onSettings();
  }

  void pongReceived() {
    pings.onAnswer();
  }

  void peerGoesAway(int lastStreamId, Http2Error error) {
    peerLeaves = true;
    if (spec.client()) {
      for (var stream : streams.all()) {
        var sink = stream.sink;
        if (stream.id() > lastStreamId && !stream.over) {
          remove(stream);
          if (sink != null) {
            sink.onReset(
                ResetReason.REMOTE_REFUSED, Http2Error.REFUSED_STREAM, "http2.remote_refuse");
          }
        }
      }
    }
    role.onGoAway(lastStreamId, error);
  }

  /// The end of a turn: nobody is on the stack who could still hold a stream that is over.
  void flushed() {
    streams.recycle();
  }

  private void sendNotice() {
    stats.inc(Http2Stats.GOAWAY_SENT);
    out.writer().goAway(Integer.MAX_VALUE, Http2Error.NO_ERROR, "");
    out.flushLater();
  }

  private void sendLast() {
    stats.inc(Http2Stats.GOAWAY_SENT);
    out.writer().goAway(streams.lastPeerId(), Http2Error.NO_ERROR, "");
    out.flushLater();
    drainedIfQuiet();
  }

  private void drainedIfQuiet() {
    if (alive && goAway.isFinal() && streams.size() == 0) {
      end();
      out.lastFlush();
      role.onDrained();
    }
  }

  // ---- for the streams

  void sendInformational(Http2Stream stream, HeaderMap head) {
    if (alive) {
      out.informational(stream, head);
    }
  }

  void sendHead(Http2Stream stream, HeaderMap head, boolean end) {
    if (alive) {
      out.head(stream, head, end);
    }
  }

  void sendBody(Http2Stream stream, ByteBuf chunk, boolean end) {
    if (alive) {
      out.body(stream, chunk, end);
    } else {
      chunk.release();
    }
  }

  void sendTrailers(Http2Stream stream, HeaderMap trailers) {
    if (alive) {
      out.trailers(stream, trailers);
    }
  }

  void streamReleased(Http2Stream stream) {
    if (stream.unconsumed > 0) {
      var bytes = stream.unconsumed;
      stream.unconsumed = 0;
      in.consumed(stream, bytes);
    }
  }

  void streamDone(Http2Stream stream) {
    stream.done = true;
    stream.sink = null;
    if (stream.holds.held()) {
      stream.holds.clear();
      streamReleased(stream);
    }
    if (stream.over) {
      streams.retire(stream);
      out.flushLater();
    } else if (alive) {
      out.done(stream);
    }
  }

  /// What pings need of the connection.
  private final class Pings implements KeepalivePings.Pinger {
    @Override
    public void ping(long data) {
      out.writer().ping(false, data);
      out.flushLater();
    }

    @Override
    public void onNoAnswer() {
      stats.inc(Http2Stats.KEEPALIVE_TIMEOUT);
      fail(Http2Error.NO_ERROR, Http2Failure.KEEPALIVE, "http2.keepalive_timeout");
    }
  }
}
