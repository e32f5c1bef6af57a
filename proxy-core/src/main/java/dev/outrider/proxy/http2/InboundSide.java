package dev.outrider.proxy.http2;

import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.metrics.StatCells;
import io.netty.buffer.ByteBuf;

/// The receiving half of an [Http2Connection]: whether a frame may come now, and what it means for
/// windows and streams (RFC 9113 5.1, 6.9). What is in a header block is the business of
/// [InboundHeads].
final class InboundSide implements InboundFrames {
  /// What Envoy's access log says when nghttp2 has no better name for it.
  private static final String OTHER = "http2.unknown.nghttp2.error";

  private final Http2Connection connection;
  private final Http2ConnectionSpec spec;
  private final StatCells stats;
  private final OutboundSide out;
  private final FloodGuard flood;
  private final InboundErrors errors;
  private final InboundHeads heads;
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
    this.errors = new InboundErrors(connection, stats);
    this.heads = new InboundHeads(connection, spec, errors);
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
    var stream = connection.streams().find(id);
    if (stream != null) {
      stream.bytesReceived += FrameTypes.HEAD_LENGTH;
    }
  }

  @Override
  public void onData(int id, ByteBuf payload, int flowBytes, boolean end) {
    if (!window.receive(flowBytes)) {
      payload.release();
      errors.connection(Http2Error.FLOW_CONTROL_ERROR, "flow control error");
      return;
    }
    var stream = connection.streams().find(id);
    if (stream != null && !stream.remoteEnded && stream.headSeen) {
      data(stream, payload, flowBytes, end);
      return;
    }
    payload.release();
    credit(flowBytes);
    if (stream != null) {
      errors.stream(
          stream, stream.headSeen ? Http2Error.STREAM_CLOSED : Http2Error.PROTOCOL_ERROR, OTHER);
    } else if (connection.streams().idle(id)) {
      errors.connection(Http2Error.PROTOCOL_ERROR, "DATA: stream in idle");
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
      errors.stream(stream, Http2Error.FLOW_CONTROL_ERROR, OTHER);
      return;
    }
    if (stream.expected >= 0) {
      stream.expected -= bytes;
      if (stream.expected < 0 || (end && stream.expected > 0)) {
        payload.release();
        credit(flowBytes);
        errors.wrongLength(stream);
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
    connection.closeIfEnded(stream);
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

  // ---- HEADERS

  @Override
  public void onHeaders(int id, ByteBuf block, int wireBytes, boolean end) {
    var stream = connection.streams().find(id);
    if (stream != null) {
      heads.more(stream, block, wireBytes, end);
    } else if (connection.streams().opens(id)) {
      heads.begin(id, block, wireBytes, end);
    } else if (connection.streams().idle(id)) {
      errors.connection(Http2Error.PROTOCOL_ERROR, "request HEADERS: invalid stream_id");
    } else if (connection.streams().recentlyReset(id) || spec.client()) {
      // a service may get to requests that were given up long ago: more of them than we remember
      heads.skip(block);
    } else {
      errors.connection(Http2Error.STREAM_CLOSED, "request HEADERS: invalid stream_id");
    }
  }

  // ---- the other frames

  @Override
  public void onReset(int id, long error) {
    var stream = connection.streams().find(id);
    if (stream != null) {
      stats.inc(Http2Stats.RX_RESET);
      stream.bytesReceived += FrameTypes.RST_STREAM_BYTES;
      var code = Http2Error.of(error);
      var refused = code == Http2Error.REFUSED_STREAM;
      if (refused) {
        stats.inc(Http2Stats.STREAM_REFUSED_ERRORS);
      }
      connection.closed(stream);
      InboundErrors.tell(
          stream.sink,
          refused
              ? ResetReason.REMOTE_REFUSED
              : code == Http2Error.CONNECT_ERROR
                  ? ResetReason.CONNECT_ERROR
                  : ResetReason.REMOTE_RESET,
          code,
          refused ? "http2.remote_refuse" : "http2.remote_reset");
    } else if (connection.streams().idle(id)) {
      errors.connection(Http2Error.PROTOCOL_ERROR, "RST_STREAM: stream in idle");
    }
  }

  @Override
  public void onSetting(int setting, long value) {
    switch (setting) {
      case FrameTypes.SETTINGS_HEADER_TABLE_SIZE -> out.tableSize(value);
      case FrameTypes.SETTINGS_ENABLE_PUSH -> {
        if (value > (spec.client() ? 0 : 1)) {
          errors.connection(Http2Error.PROTOCOL_ERROR, "SETTINGS: invalid SETTINGS_ENABLE_PUSH");
        }
      }
      case FrameTypes.SETTINGS_MAX_CONCURRENT_STREAMS ->
          peer.concurrentStreams((int) Math.min(value, Integer.MAX_VALUE));
      case FrameTypes.SETTINGS_INITIAL_WINDOW_SIZE -> {
        if (value > Integer.MAX_VALUE
            || !out.streamWindow((int) value, connection.streams().all())) {
          errors.connection(Http2Error.FLOW_CONTROL_ERROR, "SETTINGS: too large window");
        }
      }
      case FrameTypes.SETTINGS_MAX_FRAME_SIZE -> {
        if (value < FrameTypes.MAX_FRAME || value > FrameTypes.LARGEST_MAX_FRAME) {
          errors.connection(Http2Error.PROTOCOL_ERROR, "SETTINGS: invalid SETTINGS_MAX_FRAME_SIZE");
        } else {
          out.maxFrame((int) Math.min(value, FrameTypes.LARGEST_FRAME_SENT));
        }
      }
      case FrameTypes.SETTINGS_ENABLE_CONNECT_PROTOCOL -> {
        if (value > 1 || (value == 0 && peer.connectProtocol())) {
          errors.connection(
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
    heads.maxTableSize(spec.options().hpackTableSize());
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
        errors.connection(Http2Error.PROTOCOL_ERROR, "WINDOW_UPDATE: increment is 0");
      } else if (!out.widen(increment)) {
        errors.connection(Http2Error.FLOW_CONTROL_ERROR, "WINDOW_UPDATE: window size overflow");
      }
      return;
    }
    var stream = connection.streams().find(id);
    if (stream == null) {
      if (connection.streams().idle(id)) {
        errors.connection(Http2Error.PROTOCOL_ERROR, "WINDOW_UPDATE: stream in idle");
      }
    } else if (increment == 0) {
      errors.stream(stream, Http2Error.PROTOCOL_ERROR, OTHER);
    } else if (!out.widen(stream, increment)) {
      errors.stream(stream, Http2Error.FLOW_CONTROL_ERROR, OTHER);
    }
  }

  @Override
  public void onFrameError(Http2Error error, String details) {
    errors.connection(error, details);
  }
}
