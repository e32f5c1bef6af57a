package dev.outrider.proxy.http2;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.http.hpack.HpackDecoder;
import dev.outrider.proxy.http.hpack.HpackResult;
import dev.outrider.proxy.metrics.StatCells;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// The receiving half of an [Http2Connection]: whether a frame may come now, what it means for
/// windows and streams, and whether a message is one (RFC 9113 5.1, 6.9, 8.1).
final class InboundSide implements InboundFrames {
  /// What Envoy's access log says when nghttp2 has no better name for it.
  private static final String OTHER = "http2.unknown.nghttp2.error";

  private final Http2Connection connection;
  private final Http2ConnectionSpec spec;
  private final StatCells stats;
  private final OutboundSide out;
  private final FloodGuard flood;
  private final HpackDecoder decoder;
  private final PeerSettings peer;
  private final InboundFlow window = new InboundFlow();

  InboundSide(
      Http2Connection connection,
      Http2ConnectionSpec spec,
      OutboundSide out,
      FloodGuard flood,
      PeerSettings peer) {
    this.connection = connection;
    this.spec = spec;
    this.stats = spec.stats();
    this.out = out;
    this.flood = flood;
    this.peer = peer;
    this.decoder = new HpackDecoder(spec.heads());
    window.start(Math.max(spec.options().connectionWindow(), FrameTypes.INITIAL_WINDOW));
  }

  @Override
  public boolean onFrame(int type, int id, boolean end, int length) {
    if (type == FrameTypes.DATA) {
      countHead(id);
    }
    var limit = flood.received(type, end, length);
    return connection.alive() && (limit < 0 || !flooded(limit)) && !floodedOutbound();
  }

  /// Whether the peer makes us write more than it reads.
  boolean floodedOutbound() {
    var limit = flood.waiting();
    return limit >= 0 && connection.alive() && flooded(limit);
  }

  private boolean flooded(int stat) {
    stats.inc(stat);
    connection.fail(
        Http2Error.ENHANCE_YOUR_CALM,
        Http2Failure.FLOOD,
        "http2." + Http2Stats.TEMPLATE.stats().get(stat).suffix());
    return true;
  }

  // ---- DATA

  /// The payload is counted as it comes.
  private void countHead(int id) {
    var stream = connection.find(id);
    if (stream != null) {
      stream.bytesReceived += FrameTypes.HEAD_LENGTH;
    }
  }

  @Override
  public void onData(int id, ByteBuf payload, int flowBytes, boolean end) {
    if (!window.receive(flowBytes)) {
      payload.release();
      protocolError(Http2Error.FLOW_CONTROL_ERROR, "flow control error");
      return;
    }
    var stream = connection.find(id);
    if (stream != null && !stream.remoteEnded && stream.headSeen) {
      data(stream, payload, flowBytes, end);
      return;
    }
    payload.release();
    credit(flowBytes);
    if (stream != null) {
      streamError(
          stream, stream.headSeen ? Http2Error.STREAM_CLOSED : Http2Error.PROTOCOL_ERROR, OTHER);
    } else if (connection.idle(id)) {
      protocolError(Http2Error.PROTOCOL_ERROR, "DATA: stream in idle");
    } else {
      connection.resetClosed(id);
    }
  }

  private void data(Http2Stream stream, ByteBuf payload, int flowBytes, boolean end) {
    var bytes = payload.readableBytes();
    stream.bytesReceived += flowBytes;
    if (!stream.inbound.receive(flowBytes)) {
      payload.release();
      credit(flowBytes);
      streamError(stream, Http2Error.FLOW_CONTROL_ERROR, OTHER);
      return;
    }
    if (stream.expected >= 0) {
      stream.expected -= bytes;
      if (stream.expected < 0 || (end && stream.expected > 0)) {
        payload.release();
        credit(flowBytes);
        wrongLength(stream);
        return;
      }
    }
    stream.remoteEnded = end;
    if (!stream.holds.held()) {
      consumed(stream, flowBytes);
    } else {
      stream.unconsumed += bytes;
      consumed(stream, flowBytes - bytes);
    }
    var sink = stream.sink;
    if (sink == null || (bytes == 0 && !end)) {
      payload.release();
    } else {
      sink.onBody(payload, end);
    }
    closeIfEnded(stream);
  }

  /// Bytes of a body have been taken by whoever they were for.
  void consumed(Http2Stream stream, int bytes) {
    credit(bytes);
    if (!stream.remoteEnded && !stream.over) {
      var increment = stream.inbound.consume(bytes);
      if (increment > 0) {
        out.writer().windowUpdate(stream.id(), increment);
        out.flushLater();
      }
    }
  }

  /// Bytes that count for the connection only.
  void credit(int bytes) {
    var increment = window.consume(bytes);
    if (increment > 0 && connection.alive()) {
      out.writer().windowUpdate(0, increment);
      out.flushLater();
    }
  }

  private void closeIfEnded(Http2Stream stream) {
    if (stream.remoteEnded && stream.endSent && !stream.over) {
      connection.closed(stream);
    }
  }

  // ---- HEADERS

  @Override
  public void onHeaders(int id, ByteBuf block, int wireBytes, boolean end) {
    var stream = connection.find(id);
    if (stream != null) {
      more(stream, block, wireBytes, end);
    } else if (connection.opens(id)) {
      begin(id, block, wireBytes, end);
    } else if (connection.idle(id)) {
      protocolError(Http2Error.PROTOCOL_ERROR, "request HEADERS: invalid stream_id");
    } else if (connection.recentlyReset(id) || spec.client()) {
      // a service may get to requests that were given up long ago: more of them than we remember
      skip(block);
    } else {
      protocolError(Http2Error.STREAM_CLOSED, "request HEADERS: invalid stream_id");
    }
  }

  /// A request.
  private void begin(int id, ByteBuf block, int wireBytes, boolean end) {
    if (!connection.admits(id)) {
      skip(block);
      return;
    }
    var stream = connection.accept(id);
    var head = spec.heads().take(HeadKind.REQUEST);
    if (decoded(stream, decoder.decode(block, head, spec.fields()), head)) {
      var verdict =
          HeadCheck.request(head, decoder.report(), spec.options().allowConnect())
              .or(length(stream, head, end));
      if (verdict == Verdict.FINE) {
        count(stream, wireBytes);
        deliver(stream, head, end);
      } else {
        head.release();
        malformed(stream, verdict);
      }
    }
  }

  /// A response, or trailers.
  private void more(Http2Stream stream, ByteBuf block, int wireBytes, boolean end) {
    var trailers = stream.headSeen;
    var head = spec.heads().take(trailers ? HeadKind.TRAILERS : HeadKind.RESPONSE);
    var result = decoder.decode(block, head, spec.fields());
    if (stream.remoteEnded && result != HpackResult.COMPRESSION_ERROR) {
      head.release();
      streamError(stream, Http2Error.STREAM_CLOSED, OTHER);
    } else if (decoded(stream, result, head)) {
      if (trailers) {
        trailers(stream, head, wireBytes, end);
      } else {
        response(stream, head, wireBytes, end);
      }
    }
  }

  /// As Envoy, a block counts as one frame however many it came in, and not at all if it is not
  /// one.
  private static void count(Http2Stream stream, int wireBytes) {
    stream.headBytesReceived += FrameTypes.HEAD_LENGTH + wireBytes;
    stream.bytesReceived += FrameTypes.HEAD_LENGTH + wireBytes;
  }

  private void response(Http2Stream stream, HeaderMap head, int wireBytes, boolean end) {
    var status = head.status();
    var interim = status >= 100 && status < 200;
    var verdict = HeadCheck.response(head, decoder.report());
    if (!stream.toHead && status != 204 && status != 304 && !interim) {
      verdict = verdict.or(length(stream, head, end));
    }
    if (verdict != Verdict.FINE || status < 100 || status == 101 || (interim && end)) {
      head.release();
      malformed(stream, verdict.or(Verdict.MESSAGE));
      return;
    }
    count(stream, wireBytes);
    if (interim) {
      var sink = stream.sink;
      if (sink == null) {
        head.release();
      } else {
        sink.onInformational(head);
      }
    } else {
      deliver(stream, head, end);
    }
  }

  private void trailers(Http2Stream stream, HeaderMap trailers, int wireBytes, boolean end) {
    var verdict = HeadCheck.trailers(trailers, decoder.report());
    if (verdict != Verdict.FINE || !end) {
      trailers.release();
      malformed(stream, verdict.or(Verdict.MESSAGE));
    } else if (stream.expected > 0) {
      trailers.release();
      wrongLength(stream);
    } else {
      count(stream, wireBytes);
      stream.remoteEnded = true;
      stats.inc(Http2Stats.TRAILERS);
      var sink = stream.sink;
      if (sink == null) {
        trailers.release();
      } else {
        sink.onTrailers(trailers);
      }
      closeIfEnded(stream);
    }
  }

  private void deliver(Http2Stream stream, HeaderMap head, boolean end) {
    stream.headSeen = true;
    stream.remoteEnded = end;
    var sink = stream.sink;
    if (sink == null) {
      head.release();
    } else {
      sink.onHead(head, end);
    }
    closeIfEnded(stream);
  }

  /// Remembers what `content-length` promises.
  private Verdict length(Http2Stream stream, HeaderMap head, boolean end) {
    stream.expected = HeadCheck.contentLength(head, decoder.report());
    return stream.expected == HeadCheck.BAD_LENGTH
        ? Verdict.FIELD
        : end && stream.expected > 0 ? Verdict.MESSAGE : Verdict.FINE;
  }

  /// The body is longer or shorter than `content-length`; as Envoy, which keeps the connection.
  private void wrongLength(Http2Stream stream) {
    stats.inc(Http2Stats.RX_MESSAGING_ERROR);
    streamError(stream, Http2Error.PROTOCOL_ERROR, "http2.remote_reset");
  }

  /// Deals with what the decoder could not do; releases the head then, and returns false.
  private boolean decoded(Http2Stream stream, HpackResult result, HeaderMap head) {
    if (result == HpackResult.OK) {
      return true;
    }
    head.release();
    switch (result) {
      case TOO_MANY_FIELDS -> {
        stats.inc(Http2Stats.HEADER_OVERFLOW);
        overflow(stream, "http2.too_many_headers");
      }
      case TOO_LARGE -> {
        stats.inc(Http2Stats.HEADER_LIST_SIZE_TOO_LARGE);
        overflow(stream, "http2.header_list_size_too_large");
      }
      case INVALID_FIELD -> malformed(stream, Verdict.FIELD);
      case COMPRESSION_ERROR, OK ->
          protocolError(Http2Error.COMPRESSION_ERROR, "header compression error");
    }
    return false;
  }

  private void overflow(Http2Stream stream, String details) {
    end(stream, ResetReason.LOCAL_RESET, Http2Error.INTERNAL_ERROR, details);
  }

  /// RFC 9113 8.1.1; Envoy gives up the connection unless told otherwise.
  private void malformed(Http2Stream stream, Verdict verdict) {
    stats.inc(Http2Stats.RX_MESSAGING_ERROR);
    if (spec.options().streamErrorOnInvalidMessage()) {
      streamError(stream, Http2Error.PROTOCOL_ERROR, verdict.details());
    } else {
      var sink = stream.sink;
      connection.drop(stream);
      tell(sink, ResetReason.PROTOCOL_ERROR, Http2Error.PROTOCOL_ERROR, verdict.details());
      protocolError(Http2Error.PROTOCOL_ERROR, verdict.details());
    }
  }

  /// Decodes a block that belongs to nobody: the dynamic table needs it.
  private void skip(ByteBuf block) {
    var head = spec.heads().take(HeadKind.REQUEST);
    if (decoder.decode(block, head, spec.fields()) == HpackResult.COMPRESSION_ERROR) {
      protocolError(Http2Error.COMPRESSION_ERROR, "header compression error");
    }
    head.release();
  }

  // ---- the other frames

  @Override
  public void onReset(int id, long error) {
    var stream = connection.find(id);
    if (stream != null) {
      stats.inc(Http2Stats.RX_RESET);
      stream.bytesReceived += FrameTypes.RST_STREAM_BYTES;
      var code = Http2Error.of(error);
      var refused = code == Http2Error.REFUSED_STREAM;
      if (refused) {
        stats.inc(Http2Stats.STREAM_REFUSED_ERRORS);
      }
      connection.closed(stream);
      tell(
          stream.sink,
          refused
              ? ResetReason.REMOTE_REFUSED
              : code == Http2Error.CONNECT_ERROR
                  ? ResetReason.CONNECT_ERROR
                  : ResetReason.REMOTE_RESET,
          code,
          refused ? "http2.remote_refuse" : "http2.remote_reset");
    } else if (connection.idle(id)) {
      protocolError(Http2Error.PROTOCOL_ERROR, "RST_STREAM: stream in idle");
    }
  }

  @Override
  public void onSetting(int setting, long value) {
    switch (setting) {
      case FrameTypes.SETTINGS_HEADER_TABLE_SIZE -> out.tableSize(value);
      case FrameTypes.SETTINGS_ENABLE_PUSH -> {
        if (value > (spec.client() ? 0 : 1)) {
          protocolError(Http2Error.PROTOCOL_ERROR, "SETTINGS: invalid SETTINGS_ENABLE_PUSH");
        }
      }
      case FrameTypes.SETTINGS_MAX_CONCURRENT_STREAMS ->
          peer.concurrentStreams((int) Math.min(value, Integer.MAX_VALUE));
      case FrameTypes.SETTINGS_INITIAL_WINDOW_SIZE -> {
        if (value > Integer.MAX_VALUE || !out.streamWindow((int) value, connection.allStreams())) {
          protocolError(Http2Error.FLOW_CONTROL_ERROR, "SETTINGS: too large window");
        }
      }
      case FrameTypes.SETTINGS_MAX_FRAME_SIZE -> {
        if (value < FrameTypes.MAX_FRAME || value > FrameTypes.LARGEST_MAX_FRAME) {
          protocolError(Http2Error.PROTOCOL_ERROR, "SETTINGS: invalid SETTINGS_MAX_FRAME_SIZE");
        } else {
          out.maxFrame((int) Math.min(value, FrameTypes.LARGEST_FRAME_SENT));
        }
      }
      case FrameTypes.SETTINGS_ENABLE_CONNECT_PROTOCOL -> {
        if (value > 1 || (value == 0 && peer.connectProtocol())) {
          protocolError(
              Http2Error.PROTOCOL_ERROR, "SETTINGS: invalid SETTINGS_ENABLE_CONNECT_PROTOCOL");
        } else {
          peer.connectProtocol(value == 1);
        }
      }
      default -> {} // RFC 9113 6.5.2: unknown settings are ignored
    }
  }

  @Override
  public void onSettingsEnd() {
    peer.known();
    out.writer().settingsAck();
    out.flushLater();
    connection.settingsChanged();
  }

  @Override
  public void onSettingsAck() {
    decoder.maxTableSize(spec.options().hpackTableSize());
  }

  @Override
  public void onPing(boolean ack, long data) {
    if (ack) {
      connection.pongReceived();
    } else {
      out.writer().ping(true, data);
      out.flushLater();
    }
  }

  @Override
  public void onGoAway(int lastStreamId, long error) {
    connection.peerGoesAway(lastStreamId, Http2Error.of(error));
  }

  @Override
  public void onWindowUpdate(int id, int increment) {
    if (id == 0) {
      if (increment == 0) {
        protocolError(Http2Error.PROTOCOL_ERROR, "WINDOW_UPDATE: increment is 0");
      } else if (!out.widen(increment)) {
        protocolError(Http2Error.FLOW_CONTROL_ERROR, "WINDOW_UPDATE: window size overflow");
      }
      return;
    }
    var stream = connection.find(id);
    if (stream == null) {
      if (connection.idle(id)) {
        protocolError(Http2Error.PROTOCOL_ERROR, "WINDOW_UPDATE: stream in idle");
      }
    } else if (increment == 0) {
      streamError(stream, Http2Error.PROTOCOL_ERROR, OTHER);
    } else if (!out.widen(stream, increment)) {
      streamError(stream, Http2Error.FLOW_CONTROL_ERROR, OTHER);
    }
  }

  @Override
  public void onFrameError(Http2Error error, String details) {
    protocolError(error, details);
  }

  // ---- errors

  private void protocolError(Http2Error error, String details) {
    connection.fail(error, Http2Failure.PROTOCOL, details);
  }

  private void streamError(Http2Stream stream, Http2Error error, String details) {
    end(stream, ResetReason.PROTOCOL_ERROR, error, details);
  }

  private void end(Http2Stream stream, ResetReason why, Http2Error error, String details) {
    var sink = stream.sink;
    connection.resetStream(stream, error);
    tell(sink, why, error, details);
  }

  private static void tell(
      @Nullable Http2StreamSink sink, ResetReason why, Http2Error error, String details) {
    if (sink != null) {
      sink.onReset(why, error, details);
    }
  }
}
