package dev.outrider.proxy.http2;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Writes frames as a peer may send them, right or wrong: sharing no code with the proxy. Fields
/// are literals without indexing and without Huffman coding.
public final class FrameBytes {
  public static final int DATA = 0;
  public static final int HEADERS = 1;
  public static final int PRIORITY = 2;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;
  public static final int END_STREAM = 1;
  public static final int ACK = 1;
  public static final int END_HEADERS = 4;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /// Everything written since this was asked last.
  public byte[] take() {
    var bytes = out.toByteArray();
    out.reset();
    return bytes;
  }

  public FrameBytes preface() {
    out.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    return this;
  }

  public FrameBytes raw(byte... bytes) {
    out.writeBytes(bytes);
    return this;
  }

  public FrameBytes frame(int type, int flags, int stream, byte... payload) {
    var length = payload.length;
    raw((byte) (length >> 16), (byte) (length >> 8), (byte) length, (byte) type, (byte) flags);
    return raw(number(stream)).raw(payload);
  }

  public FrameBytes settings(int... idsAndValues) {
    var payload = new ByteArrayOutputStream();
    for (var i = 0; i < idsAndValues.length; i += 2) {
      payload.write(idsAndValues[i] >> 8);
      payload.write(idsAndValues[i]);
      payload.writeBytes(number(idsAndValues[i + 1]));
    }
    return frame(SETTINGS, 0, 0, payload.toByteArray());
  }

  public FrameBytes windowUpdate(int stream, int increment) {
    return frame(WINDOW_UPDATE, 0, stream, number(increment));
  }

  public FrameBytes reset(int stream, int code) {
    return frame(RST_STREAM, 0, stream, number(code));
  }

  public FrameBytes goAway(int lastStream, int code) {
    var payload = new ByteArrayOutputStream();
    payload.writeBytes(number(lastStream));
    payload.writeBytes(number(code));
    return frame(GOAWAY, 0, 0, payload.toByteArray());
  }

  /// One header block in as many frames as `pieces` says.
  public FrameBytes head(int stream, boolean end, byte[] block, int pieces) {
    var size = Math.max(1, block.length / pieces);
    for (var from = 0; from == 0 || from < block.length; from += size) {
      var to = Math.min(block.length, from + size);
      var flags = (from == 0 && end ? END_STREAM : 0) | (to == block.length ? END_HEADERS : 0);
      var part = Arrays.copyOfRange(block, from, to);
      frame(from == 0 ? HEADERS : CONTINUATION, flags, stream, part);
    }
    return this;
  }

  /// Names and values in turn.
  public static byte[] block(String... namesAndValues) {
    var block = new ByteArrayOutputStream();
    for (var i = 0; i < namesAndValues.length; i += 2) {
      block.write(0);
      string(block, namesAndValues[i]);
      string(block, namesAndValues[i + 1]);
    }
    return block.toByteArray();
  }

  private static void string(ByteArrayOutputStream block, String text) {
    var bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    if (bytes.length < 127) {
      block.write(bytes.length);
    } else {
      block.write(127);
      var rest = bytes.length - 127;
      for (; rest >= 128; rest >>= 7) {
        block.write((rest & 127) | 128);
      }
      block.write(rest);
    }
    block.writeBytes(bytes);
  }

  private static byte[] number(int value) {
    return new byte[] {
      (byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value
    };
  }
}
