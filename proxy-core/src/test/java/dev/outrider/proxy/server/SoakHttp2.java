package dev.outrider.proxy.server;

import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeadStores;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.hpack.HpackEncoder;
import io.netty.buffer.Unpooled;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/// HTTP/2 frame by frame: some streams at a time, part of which are reset, and in the end perhaps a
/// connection that is cut while they run.
final class SoakHttp2 extends SoakClient {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int GOAWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int LARGE_WINDOW = 1 << 24;

  private final HeadStores stores = new HeadStores();

  SoakHttp2(int port, Random random, SoakLog log) {
    super(port, random, log);
  }

  @Override
  void connection() throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      var in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
      var out = new DataOutputStream(socket.getOutputStream());
      out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      frame(out, SETTINGS, 0, 0, new byte[0]);
      frame(out, WINDOW_UPDATE, 0, 0, word(LARGE_WINDOW));
      var encoder = new HpackEncoder(4096, stores);
      var next = 1;
      for (var rounds = random.nextInt(1, 5); rounds > 0; rounds--) {
        var open = new HashSet<Integer>();
        for (var streams = random.nextInt(1, 6); streams > 0; streams--, next += 2) {
          if (request(out, encoder, next)) {
            open.add(next);
          }
        }
        await(in, out, open);
      }
      if (random.nextBoolean()) {
        headers(out, encoder, next, "/bytes/3000000", END_STREAM);
        log.done("http2 abort");
      }
    }
  }

  /// Returns whether there will be an answer.
  private boolean request(DataOutputStream out, HpackEncoder encoder, int stream)
      throws IOException {
    switch (random.nextInt(4)) {
      case 0 -> headers(out, encoder, stream, "/head", END_STREAM);
      case 1 -> headers(out, encoder, stream, "/bytes/" + random.nextInt(60_000), END_STREAM);
      case 2 -> {
        headers(out, encoder, stream, "/echo", 0);
        frame(out, DATA, 0, stream, new byte[random.nextInt(10_000)]);
        frame(out, DATA, END_STREAM, stream, new byte[1 + random.nextInt(10_000)]);
      }
      default -> {
        headers(out, encoder, stream, "/bytes/100000", random.nextBoolean() ? END_STREAM : 0);
        frame(out, RST_STREAM, 0, stream, word(8));
        log.done("http2 reset");
        return false;
      }
    }
    return true;
  }

  private void await(DataInputStream in, DataOutputStream out, Set<Integer> open)
      throws IOException {
    while (!open.isEmpty()) {
      var length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
      var type = in.readUnsignedByte();
      var flags = in.readUnsignedByte();
      var stream = in.readInt();
      if (in.readNBytes(length).length < length) {
        throw new EOFException("in a frame");
      }
      switch (type) {
        case SETTINGS -> {
          if ((flags & 1) == 0) {
            frame(out, SETTINGS, 1, 0, new byte[0]);
          }
        }
        case RST_STREAM, GOAWAY -> {
          if (type == GOAWAY || open.contains(stream)) {
            throw new IOException("stream " + stream + " ended by a frame of type " + type);
          }
        }
        case DATA, HEADERS -> {
          if ((flags & END_STREAM) != 0 && open.remove(stream)) {
            log.done("http2 exchange");
          }
        }
        default -> {}
      }
      if (type == DATA && length > 0) {
        frame(out, WINDOW_UPDATE, 0, 0, word(length));
      }
    }
  }

  private void headers(
      DataOutputStream out, HpackEncoder encoder, int stream, String path, int flags)
      throws IOException {
    var head = stores.take(HeadKind.REQUEST);
    head.add(HeaderNames.METHOD, path.equals("/echo") ? "POST" : "GET");
    head.add(HeaderNames.SCHEME, "http");
    head.add(HeaderNames.AUTHORITY, "soak.test");
    head.add(HeaderNames.PATH, path);
    head.add(HeaderNames.USER_AGENT, "soak");
    var block = Unpooled.buffer();
    encoder.encode(head, block);
    head.release();
    var bytes = new byte[block.readableBytes()];
    block.readBytes(bytes);
    frame(out, HEADERS, flags | END_HEADERS, stream, bytes);
  }

  private static void frame(DataOutputStream out, int type, int flags, int stream, byte[] payload)
      throws IOException {
    var frame = Unpooled.buffer(9 + payload.length);
    frame.writeMedium(payload.length).writeByte(type).writeByte(flags).writeInt(stream);
    frame.writeBytes(payload);
    out.write(frame.array(), 0, frame.readableBytes());
  }

  private static byte[] word(int value) {
    return new byte[] {
      (byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value
    };
  }
}
