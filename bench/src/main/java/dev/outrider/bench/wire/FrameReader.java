package dev.outrider.bench.wire;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;

/// Reads one frame after the other; the fields describe the last.
final class FrameReader {
  private final BufferedInputStream buffered;
  private final DataInputStream in;
  int type;
  int flags;
  int stream;
  int length;
  byte[] payload = new byte[16_384];

  FrameReader(InputStream in) {
    this.buffered = new BufferedInputStream(in, 65_536);
    this.in = new DataInputStream(buffered);
  }

  /// Whether a frame can be read without waiting, as far as this side knows.
  boolean available() throws IOException {
    return buffered.available() > 0;
  }

  void next() throws IOException {
    int word = in.readInt();
    length = word >>> 8;
    type = word & 0xff;
    flags = in.readUnsignedByte();
    stream = in.readInt() & Integer.MAX_VALUE;
    if (length > payload.length) {
      payload = new byte[length];
    }
    in.readFully(payload, 0, length);
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /// Four bytes of the payload.
  int number(int offset) {
    return (payload[offset] & 0xff) << 24
        | (payload[offset + 1] & 0xff) << 16
        | (payload[offset + 2] & 0xff) << 8
        | (payload[offset + 3] & 0xff);
  }

  void skip(int bytes) throws IOException {
    in.skipNBytes(bytes);
  }
}
