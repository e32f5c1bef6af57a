package dev.outrider.proxy.http2;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.hpack.HpackEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/// Writes the frames of one connection: all of a turn into one buffer, large payloads behind it as
/// they are. Nothing is passed on before [#flush] unless a large payload comes.
final class FrameWriter {
  /// Copying that much costs about as much as one more entry in a gathering write.
  private static final int COPY_LIMIT = 2048;

  private static final int BATCH = 2048;

  /// For the head of a large payload, which is passed on with it.
  private static final int SMALL_BATCH = 64;

  /// So much is passed on, so that the transport can say that it has enough.
  private static final int LARGE_BATCH = 1 << 15;

  private final ByteBufAllocator allocator;
  private final Http2Role output;
  private final FloodGuard flood;
  private @Nullable ByteBuf gathered;
  private long written;

  FrameWriter(ByteBufAllocator allocator, Http2Role output, FloodGuard flood) {
    this.allocator = allocator;
    this.output = output;
    this.flood = flood;
  }

  /// Bytes given to the transport since the connection began.
  long written() {
    return written;
  }

  void preface() {
    gather(FrameReader.PREFACE.length, BATCH).writeBytes(FrameReader.PREFACE);
  }

  /// Pairs of number and value.
  void settings(int... pairs) {
    var out = frame(pairs.length * 3, FrameTypes.SETTINGS, 0, 0);
    for (var i = 0; i < pairs.length; i += 2) {
      out.writeShort(pairs[i]).writeInt(pairs[i + 1]);
    }
  }

  void settingsAck() {
    frame(0, FrameTypes.SETTINGS, FrameTypes.ACK, 0);
  }

  void ping(boolean ack, long data) {
    frame(8, FrameTypes.PING, ack ? FrameTypes.ACK : 0, 0).writeLong(data);
  }

  /// @param debug ASCII, for a human
  void goAway(int lastStreamId, Http2Error error, String debug) {
    frame(8 + debug.length(), FrameTypes.GOAWAY, 0, 0)
        .writeInt(lastStreamId)
        .writeInt(error.code())
        .writeCharSequence(debug, US_ASCII);
  }

  void windowUpdate(int id, int increment) {
    frame(4, FrameTypes.WINDOW_UPDATE, 0, id).writeInt(increment);
  }

  void reset(int id, Http2Error error) {
    frame(4, FrameTypes.RST_STREAM, 0, id).writeInt(error.code());
  }

  /// Borrows the head. Returns the bytes of its block.
  int headers(int id, HeaderMap head, boolean end, HpackEncoder encoder, int maxFrame) {
    var flags = end ? FrameTypes.END_STREAM : 0;
    var out = frame(0, FrameTypes.HEADERS, flags | FrameTypes.END_HEADERS, id);
    var start = out.writerIndex();
    encoder.encode(head, out);
    var length = out.writerIndex() - start;
    if (length <= maxFrame) {
      out.setMedium(start - FrameTypes.HEAD_LENGTH, length);
    } else {
      out.setMedium(start - FrameTypes.HEAD_LENGTH, maxFrame);
      out.setByte(start - FrameTypes.HEAD_LENGTH + 4, flags);
      continuations(id, out, start + maxFrame, maxFrame);
    }
    return length;
  }

  /// Makes room for frame heads in a block that is too long for one frame.
  private void continuations(int id, ByteBuf out, int from, int maxFrame) {
    var rest = allocator.buffer(out.writerIndex() - from);
    try {
      rest.writeBytes(out, from, out.writerIndex() - from);
      out.writerIndex(from);
      while (rest.isReadable()) {
        var length = Math.min(maxFrame, rest.readableBytes());
        var last = length == rest.readableBytes();
        frame(length, FrameTypes.CONTINUATION, last ? FrameTypes.END_HEADERS : 0, id)
            .writeBytes(rest, length);
      }
    } finally {
      rest.release();
    }
  }

  /// Followed by [#payload] for that many bytes.
  void dataHead(int id, int length, boolean end) {
    frame(length, FrameTypes.DATA, end ? FrameTypes.END_STREAM : 0, id);
  }

  /// *Takes* the bytes.
  void payload(ByteBuf chunk) {
    var out = gathered;
    if (out != null && chunk.readableBytes() <= COPY_LIMIT) {
      out.writeBytes(chunk);
      chunk.release();
      if (out.readableBytes() >= LARGE_BATCH) {
        flush();
      }
    } else {
      flush();
      written += chunk.readableBytes();
      output.write(chunk);
    }
  }

  /// Passes on what has been gathered.
  void flush() {
    var out = gathered;
    if (out != null) {
      gathered = null;
      written += out.readableBytes();
      output.write(out);
    }
  }

  void close() {
    if (gathered != null) {
      gathered.release();
      gathered = null;
    }
  }

  private ByteBuf frame(int length, int type, int flags, int id) {
    flood.sending(type);
    var large = type == FrameTypes.DATA && length > COPY_LIMIT;
    return gather(FrameTypes.HEAD_LENGTH + (large ? 0 : length), large ? SMALL_BATCH : BATCH)
        .writeMedium(length)
        .writeByte(type)
        .writeByte(flags)
        .writeInt(id);
  }

  private ByteBuf gather(int bytes, int batch) {
    var out = gathered;
    if (out == null) {
      out = allocator.ioBuffer(Math.max(bytes, batch));
      gathered = out;
    } else {
      out.ensureWritable(bytes);
    }
    return out;
  }
}
