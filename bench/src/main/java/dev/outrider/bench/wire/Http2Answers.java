package dev.outrider.bench.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;

/// The service's side of one HTTP/2 connection. Requests have no body; a body longer than a frame
/// keeps to the windows, which is meant for one stream at a time.
final class Http2Answers {
  private static final int MOST_PER_FRAME = 16_384;
  private static final int MANY_STREAMS = 1 << 20;

  private final FrameReader in;
  private final FrameWriter out;
  private final long bodyBytes;
  private final byte[] head;
  private final byte[] block;
  private long initialWindow = Frame.DEFAULT_WINDOW;
  private long connectionWindow = Frame.DEFAULT_WINDOW;
  private long streamWindow;
  private long left;
  private int streaming;

  /// As [Service#Service(long)].
  Http2Answers(InputStream in, OutputStream out, long bodyBytes) {
    this.in = new FrameReader(in);
    this.out = new FrameWriter(out);
    this.bodyBytes = bodyBytes;
    this.head = head();
    this.block = new byte[(int) Math.min(bodyBytes, MOST_PER_FRAME)];
    Arrays.fill(block, (byte) 'x');
  }

  /// As [Http1Answers]: the status from the static table, four literals that are not indexed.
  private byte[] head() {
    var head = new ByteArrayOutputStream();
    head.write(0x88);
    literal(head, "content-type", "text/plain");
    literal(head, "cache-control", "no-cache");
    literal(head, "etag", "\"33a64df5\"");
    literal(head, "content-length", Long.toString(bodyBytes));
    return head.toByteArray();
  }

  private static void literal(ByteArrayOutputStream head, String name, String value) {
    head.write(0);
    head.write(name.length());
    head.writeBytes(name.getBytes(US_ASCII));
    head.write(value.length());
    head.writeBytes(value.getBytes(US_ASCII));
  }

  void serve() throws IOException {
    in.skip(Frame.PREFACE.length());
    out.settings(Frame.SETTING_MAX_STREAMS, MANY_STREAMS);
    out.flush();
    while (true) {
      in.next();
      onFrame();
      sendBody();
      if (!in.available()) {
        out.flush();
      }
    }
  }

  private void onFrame() {
    switch (in.type) {
      case Frame.HEADERS -> answer();
      case Frame.SETTINGS -> onSettings();
      case Frame.WINDOW_UPDATE -> onWindowUpdate();
      case Frame.PING -> {
        if (!in.has(Frame.ACK)) {
          out.acknowledge(Frame.PING, in.payload, in.length);
        }
      }
      default -> {
        // nothing that matters here
      }
    }
  }

  private void answer() {
    if (bodyBytes == 0) {
      return;
    }
    out.frame(Frame.HEADERS, Frame.END_HEADERS, in.stream, head, head.length);
    streaming = in.stream;
    streamWindow = initialWindow;
    left = bodyBytes;
  }

  /// As much of the body as the windows admit.
  private void sendBody() throws IOException {
    while (left > 0) {
      long most = Math.min(Math.min(left, block.length), Math.min(streamWindow, connectionWindow));
      if (most <= 0) {
        return;
      }
      left -= most;
      streamWindow -= most;
      connectionWindow -= most;
      out.frame(Frame.DATA, left == 0 ? Frame.END_STREAM : 0, streaming, block, (int) most);
      if (left > 0) {
        out.flush();
      }
    }
  }

  private void onSettings() {
    if (in.has(Frame.ACK)) {
      return;
    }
    for (int at = 0; at < in.length; at += 6) {
      if ((in.payload[at] << 8 | in.payload[at + 1]) == Frame.SETTING_WINDOW) {
        initialWindow = in.number(at + 2);
      }
    }
    out.acknowledge(Frame.SETTINGS, in.payload, 0);
  }

  private void onWindowUpdate() {
    if (in.stream == 0) {
      connectionWindow += in.number(0);
    } else if (in.stream == streaming) {
      streamWindow += in.number(0);
    }
  }
}
