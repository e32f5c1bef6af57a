package dev.outrider.proxy.simulation;

import dev.outrider.proxy.http2.FrameBytes;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Reads frames that the proxy wrote, with Netty's HPACK as the second opinion on heads. A head
/// comes as one frame, however many it was.
final class SimFrames {
  private final Consumer<Frame> sink;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);
  private final ByteArrayOutputStream block = new ByteArrayOutputStream();
  private byte[] bytes = {};
  private int headFlags;

  SimFrames(Consumer<Frame> sink) {
    this.sink = sink;
  }

  void read(byte[] more) {
    if (more.length == 0) {
      return;
    }
    var all = Arrays.copyOf(bytes, bytes.length + more.length);
    System.arraycopy(more, 0, all, bytes.length, more.length);
    var at = 0;
    while (all.length - at >= 9) {
      var length = ((all[at] & 255) << 16) | ((all[at + 1] & 255) << 8) | (all[at + 2] & 255);
      if (all.length - at < 9 + length) {
        break;
      }
      var payload = Arrays.copyOfRange(all, at + 9, at + 9 + length);
      frame(all[at + 3], all[at + 4], number(all, at + 5), payload);
      at += 9 + length;
    }
    bytes = Arrays.copyOfRange(all, at, all.length);
  }

  /// Whatever is left is part of a frame that will not come.
  void close() {
    bytes = new byte[0];
  }

  private void frame(int type, int flags, int stream, byte[] payload) {
    if (type != FrameBytes.HEADERS && type != FrameBytes.CONTINUATION) {
      sink.accept(new Frame(type, flags, stream, payload, null));
      return;
    }
    headFlags = type == FrameBytes.HEADERS ? flags : headFlags;
    block.writeBytes(payload);
    if ((flags & FrameBytes.END_HEADERS) != 0) {
      var head = decode(stream, block.toByteArray());
      block.reset();
      sink.accept(new Frame(FrameBytes.HEADERS, headFlags, stream, new byte[0], head));
    }
  }

  private Http2Headers decode(int stream, byte[] fields) {
    try {
      return decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(fields));
    } catch (Http2Exception e) {
      throw new AssertionError("a head that cannot be decoded", e);
    }
  }

  private static int number(byte[] from, int at) {
    return ((from[at] & 127) << 24)
        | ((from[at + 1] & 255) << 16)
        | ((from[at + 2] & 255) << 8)
        | (from[at + 3] & 255);
  }

  /// @param head of HEADERS only
  @SuppressWarnings("ArrayRecordComponent") // moved, never compared
  record Frame(int type, int flags, int stream, byte[] payload, @Nullable Http2Headers head) {
    boolean ends() {
      return (flags & FrameBytes.END_STREAM) != 0;
    }

    int number(int at) {
      return SimFrames.number(payload, at);
    }

    /// Empty if there is none.
    String field(String name) {
      var value = head == null ? null : head.get(name);
      return value == null ? "" : value.toString();
    }
  }
}
