package dev.outrider.proxy.http2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2FrameWriter;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The far end of an HTTP/2 connection, on Netty's frame codec and HPACK: writes frames one by one,
/// right or wrong, and says what it reads, a line per frame.
public final class FramePeer implements AutoCloseable {
  private final ByteBuf unread = Unpooled.buffer();
  private final DefaultHttp2FrameReader reader =
      new DefaultHttp2FrameReader(new DefaultHttp2HeadersDecoder(false));
  private final DefaultHttp2FrameWriter writer = new DefaultHttp2FrameWriter();
  private final EmbeddedChannel wire = new EmbeddedChannel(new ChannelDuplexHandler());
  private final ChannelHandlerContext context = wire.pipeline().firstContext();
  private final List<String> frames = new ArrayList<>();
  private boolean preface;

  /// @param server whether the preface of a client comes first
  public FramePeer(boolean server) {
    this.preface = server;
  }

  // ---- reading

  /// *Takes* bytes that the other side wrote.
  public void read(ByteBuf bytes) {
    unread.writeBytes(bytes);
    bytes.release();
    try {
      if (preface && unread.readableBytes() >= Http2CodecUtil.connectionPrefaceBuf().capacity()) {
        preface = false;
        frames.add(
            unread
                .readCharSequence(
                    Http2CodecUtil.connectionPrefaceBuf().capacity(), StandardCharsets.US_ASCII)
                .toString()
                .replaceAll("\\s+", " ")
                .strip());
      }
      if (!preface) {
        reader.readFrame(context, unread, new Lines());
      }
    } catch (Http2Exception e) {
      throw new AssertionError(e);
    }
  }

  /// The frames since it was asked last.
  public List<String> frames() {
    var now = List.copyOf(frames);
    frames.clear();
    return now;
  }

  private final class Lines extends Http2FrameAdapter {
    @Override
    public int onDataRead(
        ChannelHandlerContext ctx, int id, ByteBuf data, int padding, boolean end) {
      frames.add(
          "DATA "
              + id
              + " '"
              + data.toString(StandardCharsets.US_ASCII)
              + "'"
              + (end ? " end" : ""));
      return data.readableBytes() + padding;
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx,
        int id,
        Http2Headers headers,
        int dependency,
        short weight,
        boolean exclusive,
        int padding,
        boolean end) {
      onHeadersRead(ctx, id, headers, padding, end);
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx, int id, Http2Headers headers, int padding, boolean end) {
      var line = new StringBuilder("HEADERS ").append(id);
      headers.forEach(
          field -> line.append(' ').append(field.getKey()).append('=').append(field.getValue()));
      frames.add(line.append(end ? " end" : "").toString());
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int id, long error) {
      frames.add("RST " + id + " " + Http2Error.of(error));
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) {
      frames.add("SETTINGS " + settings);
    }

    @Override
    public void onSettingsAckRead(ChannelHandlerContext ctx) {
      frames.add("SETTINGS ack");
    }

    @Override
    public void onPingRead(ChannelHandlerContext ctx, long data) {
      frames.add("PING " + data);
    }

    @Override
    public void onPingAckRead(ChannelHandlerContext ctx, long data) {
      frames.add("PING ack " + data);
    }

    @Override
    public void onGoAwayRead(ChannelHandlerContext ctx, int last, long error, ByteBuf debug) {
      frames.add("GOAWAY " + last + " " + Http2Error.of(error));
    }

    @Override
    public void onWindowUpdateRead(ChannelHandlerContext ctx, int id, int increment) {
      frames.add("WINDOW " + id + " +" + increment);
    }
  }

  // ---- writing: everything returns the peer, and waits for [#bytes]

  public FramePeer settings(long... pairs) {
    var settings = new Http2Settings();
    for (var i = 0; i < pairs.length; i += 2) {
      settings.put((char) pairs[i], (Long) pairs[i + 1]);
    }
    writer.writeSettings(context, settings, context.newPromise());
    return this;
  }

  public FramePeer settingsAck() {
    writer.writeSettingsAck(context, context.newPromise());
    return this;
  }

  /// Sends a head.
  ///
  /// @param fields `name=value`
  public FramePeer headers(int id, boolean end, String... fields) {
    var headers = new DefaultHttp2Headers(false);
    for (var field : fields) {
      var split = field.indexOf('=', 1);
      headers.add(field.substring(0, split), field.substring(split + 1));
    }
    writer.writeHeaders(context, id, headers, 0, end, context.newPromise());
    return this;
  }

  public FramePeer data(int id, String text, boolean end) {
    var bytes = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    writer.writeData(context, id, bytes, 0, end, context.newPromise());
    return this;
  }

  public FramePeer reset(int id, Http2Error error) {
    writer.writeRstStream(context, id, error.code(), context.newPromise());
    return this;
  }

  public FramePeer window(int id, int increment) {
    writer.writeWindowUpdate(context, id, increment, context.newPromise());
    return this;
  }

  public FramePeer goAway(int lastStreamId, Http2Error error) {
    writer.writeGoAway(
        context, lastStreamId, error.code(), Unpooled.EMPTY_BUFFER, context.newPromise());
    return this;
  }

  public FramePeer pingAck(long data) {
    writer.writePing(context, true, data, context.newPromise());
    return this;
  }

  /// What was written since it was asked last; the caller owns it.
  public ByteBuf bytes() {
    wire.flushOutbound();
    var all = Unpooled.buffer();
    for (ByteBuf part = wire.readOutbound(); part != null; part = wire.readOutbound()) {
      all.writeBytes(part);
      part.release();
    }
    return all;
  }

  @Override
  public void close() {
    wire.finishAndReleaseAll();
    reader.close();
    writer.close();
    unread.release();
  }
}
