package dev.outrider.bench.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/// Gathers frames and sends them in one write.
final class FrameWriter {
  private final OutputStream out;
  private final ByteArrayOutputStream gathered = new ByteArrayOutputStream(16_384);

  FrameWriter(OutputStream out) {
    this.out = out;
  }

  void preface() {
    gathered.writeBytes(Frame.PREFACE.getBytes(US_ASCII));
  }

  void frame(int type, int flags, int stream, byte[] payload, int length) {
    number(length << 8 | type);
    gathered.write(flags);
    number(stream);
    gathered.write(payload, 0, length);
  }

  void settings(int identifier, int value) {
    number(6 << 8 | Frame.SETTINGS);
    gathered.write(0);
    number(0);
    gathered.write(identifier >>> 8);
    gathered.write(identifier);
    number(value);
  }

  void acknowledge(int type, byte[] payload, int length) {
    frame(type, Frame.ACK, 0, payload, length);
  }

  void windowUpdate(int stream, int bytes) {
    number(4 << 8 | Frame.WINDOW_UPDATE);
    gathered.write(0);
    number(stream);
    number(bytes);
  }

  private void number(int value) {
    gathered.write(value >>> 24);
    gathered.write(value >>> 16);
    gathered.write(value >>> 8);
    gathered.write(value);
  }

  void flush() throws IOException {
    if (gathered.size() > 0) {
      gathered.writeTo(out);
      gathered.reset();
    }
  }
}
