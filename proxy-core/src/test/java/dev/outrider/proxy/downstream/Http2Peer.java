package dev.outrider.proxy.downstream;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.http.Http2Options.Keepalive;
import dev.outrider.proxy.http.hpack.FieldLimits;
import dev.outrider.proxy.http.hpack.HpackDecoder;
import dev.outrider.proxy.http2.FrameBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A client of HTTP/2 that sends what it is told, frame by frame, and says in words what it gets.
final class Http2Peer {
  private static final FieldLimits LIMITS = new FieldLimits(1000, 1 << 20, 1 << 20);
  private static final List<String> ERRORS =
      List.of(
          "NO_ERROR",
          "PROTOCOL_ERROR",
          "INTERNAL_ERROR",
          "FLOW_CONTROL_ERROR",
          "SETTINGS_TIMEOUT",
          "STREAM_CLOSED",
          "FRAME_SIZE_ERROR",
          "REFUSED_STREAM",
          "CANCEL",
          "COMPRESSION_ERROR",
          "CONNECT_ERROR",
          "ENHANCE_YOUR_CALM");

  final MemoryProxy.Peer peer;
  private final HeadStores heads = new HeadStores();
  private final HpackDecoder decoder = new HpackDecoder(heads);
  private final FrameBytes frames = new FrameBytes();
  private final ByteBuf unread = Unpooled.buffer();

  Http2Peer(MemoryProxy proxy) {
    this.peer = proxy.client();
  }

  /// Envoy's defaults, but for these.
  static Http2Options options(
      int streams, boolean connect, boolean streamErrors, Keepalive keepalive) {
    var others = Http2Options.DEFAULT;
    return new Http2Options(
        others.hpackTableSize(),
        streams,
        others.streamWindow(),
        others.connectionWindow(),
        others.outboundFrames(),
        others.outboundControlFrames(),
        others.emptyFrames(),
        others.priorityFramesPerStream(),
        others.windowUpdatesPerDataFrame(),
        others.headerFieldBytes(),
        connect,
        streamErrors,
        keepalive);
  }

  /// With the preface and empty settings sent, and the answers to that read.
  static Http2Peer connected(MemoryProxy proxy) {
    var client = new Http2Peer(proxy);
    client.send(client.frames().preface().settings());
    client.received();
    return client;
  }

  /// To be filled, then given to [#send].
  FrameBytes frames() {
    return frames;
  }

  Http2Peer send(FrameBytes what) {
    return send(what.take());
  }

  Http2Peer send(byte[] bytes) {
    if (peer.channel.isOpen()) {
      peer.channel.writeInbound(Unpooled.copiedBuffer(bytes));
    }
    peer.open();
    return this;
  }

  /// A whole request without body.
  Http2Peer get(int stream) {
    return send(frames.head(stream, true, request("GET"), 1));
  }

  /// The head of a request with a body, and more fields.
  Http2Peer post(int stream, String... more) {
    return send(frames.head(stream, false, request("POST", more), 1));
  }

  Http2Peer data(int stream, String text, boolean end) {
    return send(
        frames.frame(
            FrameBytes.DATA,
            end ? FrameBytes.END_STREAM : 0,
            stream,
            text.getBytes(StandardCharsets.ISO_8859_1)));
  }

  static byte[] request(String method, String... more) {
    var fields = new ArrayList<>(List.of(":method", method, ":path", "/a", ":scheme", "http"));
    fields.addAll(List.of(":authority", "h"));
    fields.addAll(List.of(more));
    return FrameBytes.block(fields.toArray(String[]::new));
  }

  /// Bytes that have come and have not been read.
  static int waiting(MemoryProxy.Peer peer) {
    return peer.channel.outboundMessages().stream()
        .mapToInt(bytes -> ((ByteBuf) bytes).readableBytes())
        .sum();
  }

  boolean open() {
    return peer.open();
  }

  void close() {
    peer.close();
  }

  /// What came since it was asked last, but for settings and windows: `HEADERS 1 200`, `DATA 1 okay
  /// end`, `RST 1 CANCEL`, `GOAWAY 1 NO_ERROR`, `PING ack`.
  List<String> received() {
    var seen = all();
    seen.removeIf(line -> line.startsWith("SETTINGS") || line.startsWith("WINDOW"));
    return seen;
  }

  /// As [#received], with settings and windows.
  List<String> all() {
    peer.open();
    for (ByteBuf bytes = peer.channel.readOutbound();
        bytes != null;
        bytes = peer.channel.readOutbound()) {
      unread.writeBytes(bytes);
      bytes.release();
    }
    var seen = new ArrayList<String>();
    while (unread.readableBytes() >= 9
        && unread.readableBytes() >= 9 + unread.getUnsignedMedium(unread.readerIndex())) {
      var length = unread.readUnsignedMedium();
      var type = unread.readUnsignedByte();
      var flags = unread.readUnsignedByte();
      var stream = unread.readInt();
      var payload = unread.readBytes(length);
      seen.add(describe(type, flags, stream, payload));
      payload.release();
    }
    return seen;
  }

  private String describe(int type, int flags, int stream, ByteBuf payload) {
    var end = (flags & 1) != 0 ? " end" : "";
    return switch (type) {
      case FrameBytes.DATA -> "DATA " + stream + " " + text(payload) + end;
      case FrameBytes.HEADERS -> "HEADERS " + stream + " " + head(payload) + end;
      case FrameBytes.RST_STREAM -> "RST " + stream + " " + ERRORS.get(payload.readInt());
      case FrameBytes.SETTINGS -> "SETTINGS" + ((flags & 1) != 0 ? " ack" : "");
      case FrameBytes.PING -> "PING" + ((flags & 1) != 0 ? " ack" : "");
      case FrameBytes.GOAWAY -> "GOAWAY " + payload.readInt() + " " + ERRORS.get(payload.readInt());
      case FrameBytes.WINDOW_UPDATE -> "WINDOW " + stream + " +" + payload.readInt();
      default -> "frame of type " + type;
    };
  }

  private static String text(ByteBuf payload) {
    return payload.readableBytes() > 100
        ? "(" + payload.readableBytes() + ")"
        : payload.toString(StandardCharsets.ISO_8859_1);
  }

  /// The status, and of other fields those that tests put there.
  private String head(ByteBuf block) {
    var head = heads.take(HeadKind.RESPONSE);
    decoder.decode(block, head, LIMITS);
    var text = new StringBuilder();
    text.append(head.status() == 0 ? "" : head.status());
    for (var line = 0; line < head.lines(); line++) {
      if (head.live(line) && head.name(line).startsWith("x-t")) {
        text.append(" ").append(head.name(line)).append("=").append(head.value(line));
      }
    }
    head.release();
    return text.toString().trim();
  }
}
