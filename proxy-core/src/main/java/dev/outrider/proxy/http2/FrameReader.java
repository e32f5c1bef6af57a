package dev.outrider.proxy.http2;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/// Cuts bytes into frames (RFC 9113 4 and 6). One per connection. A frame is looked at when all of
/// it is there; what came of it in pieces is put together. DATA without padding is not waited for:
/// its pieces are passed on as they come, so that a body is neither copied nor held up here.
/// Allocates nothing per frame; see package-info for what Netty's reader would.
final class FrameReader {
  /// What a client sends first (RFC 9113 3.4).
  static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);

  private static final int ID_MASK = Integer.MAX_VALUE;

  private final ByteBufAllocator allocator;
  private final InboundFrames frames;
  private final int blockLimit;

  /// A frame that has not come in full yet.
  private @Nullable ByteBuf partial;

  /// A header block whose end has not come yet, of the stream [#blockId].
  private @Nullable ByteBuf block;

  private int blockId;
  private int blockWireBytes;
  private boolean blockEnd;

  /// Of the DATA frame that is being passed on: what has not come yet.
  private int dataLeft;

  private int dataId;
  private boolean dataEnd;
  private int prefaceRead;
  private boolean settingsSeen;
  private boolean deaf;

  /// @param preface whether the peer has to send one
  /// @param blockLimit bytes of a header block, before decoding
  FrameReader(ByteBufAllocator allocator, boolean preface, int blockLimit, InboundFrames frames) {
    this.allocator = allocator;
    this.frames = frames;
    this.blockLimit = blockLimit;
    this.prefaceRead = preface ? 0 : PREFACE.length;
  }

  /// *Takes* the bytes.
  void read(ByteBuf in) {
    try {
      while (!deaf && in.isReadable()) {
        if (prefaceRead < PREFACE.length) {
          preface(in);
        } else if (dataLeft > 0) {
          dataPiece(in);
        } else if (partial != null || !wholeFrame(in)) {
          collect(in);
        }
      }
    } finally {
      in.release();
    }
  }

  /// A header block has begun and not ended.
  boolean midBlock() {
    return block != null;
  }

  /// Nothing more is read, and what was kept is dropped.
  void close() {
    deaf = true;
    partial = released(partial);
    block = released(block);
  }

  private static @Nullable ByteBuf released(@Nullable ByteBuf buffer) {
    if (buffer != null) {
      buffer.release();
    }
    return null;
  }

  private void preface(ByteBuf in) {
    while (prefaceRead < PREFACE.length && in.isReadable()) {
      if (in.readByte() != PREFACE[prefaceRead++]) {
        fail(
            Http2Error.PROTOCOL_ERROR,
            "Remote peer returned unexpected data while we expected"
                + " SETTINGS frame.  Perhaps, peer does not support HTTP/2 properly.");
        return;
      }
    }
  }

  /// Reads the frame at the front if all of it is there.
  private boolean wholeFrame(ByteBuf in) {
    if (in.readableBytes() < FrameTypes.HEAD_LENGTH) {
      return false;
    }
    var length = in.getUnsignedMedium(in.readerIndex());
    if (length > FrameTypes.MAX_FRAME) {
      fail(Http2Error.FRAME_SIZE_ERROR, "too large frame size");
      return true;
    }
    if (in.readableBytes() < FrameTypes.HEAD_LENGTH + length) {
      return dataBegins(in);
    }
    frame(in);
    return true;
  }

  /// Moves bytes to the frame that is incomplete, and reads it once it is not.
  private void collect(ByteBuf in) {
    var frame = partial;
    if (frame == null) {
      frame = allocator.ioBuffer(wanted(in));
      partial = frame;
    }
    if (frame.readableBytes() < FrameTypes.HEAD_LENGTH) {
      move(in, frame, FrameTypes.HEAD_LENGTH);
      if (frame.readableBytes() < FrameTypes.HEAD_LENGTH) {
        return;
      }
    }
    var length = frame.getUnsignedMedium(frame.readerIndex());
    if (length > FrameTypes.MAX_FRAME) {
      fail(Http2Error.FRAME_SIZE_ERROR, "too large frame size");
      return;
    }
    if (frame.readableBytes() == FrameTypes.HEAD_LENGTH && length > 0 && dataBegins(frame)) {
      partial = released(partial);
      return;
    }
    move(in, frame, FrameTypes.HEAD_LENGTH + length);
    if (frame.readableBytes() == FrameTypes.HEAD_LENGTH + length) {
      partial = null;
      try {
        frame(frame);
      } finally {
        frame.release();
      }
    }
  }

  private static int wanted(ByteBuf in) {
    return FrameTypes.HEAD_LENGTH
        + (in.readableBytes() < FrameTypes.HEAD_LENGTH
            ? 0
            : in.getUnsignedMedium(in.readerIndex()));
  }

  private static void move(ByteBuf from, ByteBuf to, int upTo) {
    to.writeBytes(from, Math.min(from.readableBytes(), upTo - to.readableBytes()));
  }

  private void frame(ByteBuf in) {
    var length = in.readUnsignedMedium();
    var type = in.readUnsignedByte();
    var flags = in.readUnsignedByte();
    var id = in.readInt() & ID_MASK;
    var end = in.readerIndex() + length;
    if (inPlace(type, flags, id)) {
      payload(type, flags, id, length, in);
    }
    in.readerIndex(end);
  }

  /// Whether such a frame may come now; the connection has failed if not.
  private boolean inPlace(int type, int flags, int id) {
    if (!settingsSeen && (type != FrameTypes.SETTINGS || (flags & FrameTypes.ACK) != 0)) {
      fail(Http2Error.PROTOCOL_ERROR, "SETTINGS expected");
      return false;
    }
    if ((block != null) != (type == FrameTypes.CONTINUATION) || (block != null && id != blockId)) {
      fail(
          Http2Error.PROTOCOL_ERROR,
          block == null
              ? "CONTINUATION: unexpected"
              : "unexpected non-CONTINUATION frame or stream_id is invalid");
      return false;
    }
    return true;
  }

  /// Whether the head at the front, whose payload has not all come, is one of DATA that can be
  /// passed on in pieces; it is read then.
  private boolean dataBegins(ByteBuf in) {
    var head = in.readerIndex();
    var flags = in.getUnsignedByte(head + 4);
    if (in.getUnsignedByte(head + 3) != FrameTypes.DATA || (flags & FrameTypes.PADDED) != 0) {
      return false;
    }
    var length = in.readUnsignedMedium();
    in.skipBytes(2);
    var id = in.readInt() & ID_MASK;
    var end = (flags & FrameTypes.END_STREAM) != 0;
    if (inPlace(FrameTypes.DATA, flags, id) && fits("DATA", id != 0, true)) {
      if (frames.onFrame(FrameTypes.DATA, id, end, length)) {
        dataLeft = length;
        dataId = id;
        dataEnd = end;
      } else {
        close();
      }
    }
    return true;
  }

  private void dataPiece(ByteBuf in) {
    var length = Math.min(dataLeft, in.readableBytes());
    dataLeft -= length;
    frames.onData(dataId, in.readRetainedSlice(length), length, dataEnd && dataLeft == 0);
  }

  private void payload(int type, int flags, int id, int length, ByteBuf in) {
    switch (type) {
      case FrameTypes.DATA -> data(flags, id, length, in);
      case FrameTypes.HEADERS -> headers(flags, id, length, in);
      case FrameTypes.CONTINUATION -> continuation(flags, length, in);
      case FrameTypes.PUSH_PROMISE -> fail(Http2Error.PROTOCOL_ERROR, "PUSH_PROMISE: unexpected");
      default -> {
        if (frames.onFrame(type, id, false, length)) {
          control(type, flags, id, length, in);
        } else {
          close();
        }
      }
    }
  }

  private void control(int type, int flags, int id, int length, ByteBuf in) {
    switch (type) {
      case FrameTypes.PRIORITY -> {
        if (fits("PRIORITY", id != 0, length == 5)) {
          notItself(id, in);
        }
      }
      case FrameTypes.RST_STREAM -> {
        if (fits("RST_STREAM", id != 0, length == 4)) {
          frames.onReset(id, in.readUnsignedInt());
        }
      }
      case FrameTypes.SETTINGS -> settings(flags, id, length, in);
      case FrameTypes.PING -> {
        if (fits("PING", id == 0, length == 8)) {
          frames.onPing((flags & FrameTypes.ACK) != 0, in.readLong());
        }
      }
      case FrameTypes.GOAWAY -> {
        if (fits("GOAWAY", id == 0, length >= 8)) {
          frames.onGoAway(in.readInt() & ID_MASK, in.readUnsignedInt());
        }
      }
      case FrameTypes.WINDOW_UPDATE -> {
        if (fits("WINDOW_UPDATE", true, length == 4)) {
          frames.onWindowUpdate(id, in.readInt() & ID_MASK);
        }
      }
      default -> {} // RFC 9113 4.1: an unknown frame is ignored
    }
  }

  private void data(int flags, int id, int length, ByteBuf in) {
    var end = (flags & FrameTypes.END_STREAM) != 0;
    var padding = padding(flags, length, in);
    if (padding < 0 || !fits("DATA", id != 0, true)) {
      return;
    }
    if (frames.onFrame(FrameTypes.DATA, id, end, length - padding)) {
      frames.onData(id, in.readRetainedSlice(length - padding), length, end);
    } else {
      close();
    }
  }

  private void headers(int flags, int id, int length, ByteBuf in) {
    var end = (flags & FrameTypes.END_STREAM) != 0;
    var padding = padding(flags, length, in);
    if (padding < 0 || !fits("HEADERS", id != 0, true)) {
      return;
    }
    var left = length - padding;
    if ((flags & FrameTypes.PRIORITY_FLAG) != 0) {
      left -= 5;
      if (left < 0) {
        fail(Http2Error.FRAME_SIZE_ERROR, "HEADERS: too short");
        return;
      }
      if (!notItself(id, in)) {
        return;
      }
    }
    if (!frames.onFrame(FrameTypes.HEADERS, id, end, length - padding)) {
      close();
    } else if ((flags & FrameTypes.END_HEADERS) != 0) {
      deliver(id, in, left, length, end);
    } else {
      blockId = id;
      blockWireBytes = length;
      blockEnd = end;
      var begun = allocator.buffer(Math.max(left * 2, 256));
      block = begun;
      begun.writeBytes(in, left);
    }
  }

  private void continuation(int flags, int length, ByteBuf in) {
    var begun = block;
    if (begun == null) {
      return;
    }
    if (!frames.onFrame(FrameTypes.CONTINUATION, blockId, false, length)) {
      close();
    } else if (begun.readableBytes() + length > blockLimit) {
      fail(Http2Error.ENHANCE_YOUR_CALM, "header block too large");
    } else {
      begun.writeBytes(in, length);
      blockWireBytes += length;
      if ((flags & FrameTypes.END_HEADERS) != 0) {
        block = null;
        try {
          frames.onHeaders(blockId, begun, blockWireBytes, blockEnd);
        } finally {
          begun.release();
        }
      }
    }
  }

  /// The block lies in the buffer: no slice is needed to show it alone.
  private void deliver(int id, ByteBuf in, int length, int wireBytes, boolean end) {
    var behind = in.writerIndex();
    in.writerIndex(in.readerIndex() + length);
    frames.onHeaders(id, in, wireBytes, end);
    in.writerIndex(behind);
  }

  private void settings(int flags, int id, int length, ByteBuf in) {
    settingsSeen = true;
    if ((flags & FrameTypes.ACK) != 0) {
      if (fits("SETTINGS", id == 0, length == 0)) {
        frames.onSettingsAck();
      }
    } else if (fits("SETTINGS", id == 0, length % 6 == 0)) {
      for (var left = length; left > 0 && !deaf; left -= 6) {
        frames.onSetting(in.readUnsignedShort(), in.readUnsignedInt());
      }
      if (!deaf) {
        frames.onSettingsEnd();
      }
    }
  }

  /// Length of the padding with the byte that says so, which is read; -1 after an error.
  private int padding(int flags, int length, ByteBuf in) {
    if ((flags & FrameTypes.PADDED) == 0) {
      return 0;
    }
    var padding = length == 0 ? 1 : 1 + in.readUnsignedByte();
    if (padding > length) {
      fail(Http2Error.PROTOCOL_ERROR, "invalid padding");
      return -1;
    }
    return padding;
  }

  /// RFC 9113 5.3.1 (of RFC 7540): a stream cannot depend on itself. Reads a priority.
  private boolean notItself(int id, ByteBuf in) {
    var parent = in.readInt() & ID_MASK;
    in.skipBytes(1);
    if (parent == id) {
      fail(Http2Error.PROTOCOL_ERROR, "depend on itself");
      return false;
    }
    return true;
  }

  private boolean fits(String frame, boolean stream, boolean length) {
    if (!stream) {
      fail(Http2Error.PROTOCOL_ERROR, frame + ": invalid stream_id");
    } else if (!length) {
      fail(Http2Error.FRAME_SIZE_ERROR, frame + ": invalid length");
    }
    return stream && length;
  }

  private void fail(Http2Error error, String details) {
    close();
    frames.onFrameError(error, details);
  }
}
