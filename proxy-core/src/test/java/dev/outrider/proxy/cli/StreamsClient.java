package dev.outrider.proxy.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.HashSet;
import java.util.Set;

/// An HTTP/2 connection with many streams at once, by blocking sockets. One thread at a time.
final class StreamsClient implements AutoCloseable {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int ACK = 1;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int INDEXED_STATUS_200 = 0x88; // RFC 7541 appendix A

  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;
  private final Set<Integer> open = new HashSet<>();
  private int next = 1;
  private int lastTaken = Integer.MAX_VALUE;
  private boolean told;
  private int answered;

  StreamsClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(60_000);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
    out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII));
    frame(SETTINGS, 0, 0, new byte[0]);
    out.flush();
  }

  /// Begins so many streams.
  void get(String path, int streams) throws IOException {
    for (var i = 0; i < streams; i++, next += 2) {
      open.add(next);
      frame(HEADERS, END_HEADERS | END_STREAM, next, head(path));
    }
    out.flush();
  }

  /// Waits until every stream that the proxy took is answered by 200.
  ///
  /// @throws IOException if one is not
  void awaitAnswers() throws IOException {
    while (!open.isEmpty()) {
      read();
    }
  }

  /// Whether GOAWAY has come.
  boolean told() {
    return told;
  }

  /// So many streams were answered by 200.
  int answered() {
    return answered;
  }

  private void read() throws IOException {
    var length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
    var type = in.readUnsignedByte();
    var flags = in.readUnsignedByte();
    var stream = in.readInt();
    var payload = in.readNBytes(length);
    if (payload.length < length) {
      throw new EOFException("in a frame");
    }
    switch (type) {
      case SETTINGS, PING -> acknowledge(type, flags, payload);
      case GOAWAY -> goAway(payload);
      case RST_STREAM -> throw new IOException("stream " + stream + " was reset");
      case HEADERS -> {
        if ((payload[0] & 0xff) != INDEXED_STATUS_200) {
          throw new IOException("stream " + stream + " was not answered by 200");
        }
        ended(stream, flags);
      }
      case DATA -> ended(stream, flags); // all fits in the first window
      default -> {}
    }
  }

  private void acknowledge(int type, int flags, byte[] payload) throws IOException {
    if ((flags & ACK) == 0) {
      frame(type, ACK, 0, type == PING ? payload : new byte[0]);
      out.flush();
    }
  }

  /// Streams above the last one that the proxy took are for another connection (RFC 9113 6.8).
  private void goAway(byte[] payload) {
    told = true;
    var last = 0;
    for (var i = 0; i < 4; i++) {
      last = (last << 8) | (payload[i] & 0xff);
    }
    lastTaken = Math.min(lastTaken, last & Integer.MAX_VALUE);
    open.removeIf(stream -> stream > lastTaken);
  }

  private void ended(int stream, int flags) {
    if ((flags & END_STREAM) != 0 && open.remove(stream)) {
      answered++;
    }
  }

  private static byte[] head(String path) {
    var block = new ByteArrayOutputStream();
    block.write(0x82); // :method GET
    block.write(0x86); // :scheme http
    literal(block, 4, path);
    literal(block, 1, "a");
    return block.toByteArray();
  }

  /// Without indexing; the name is of the static table.
  private static void literal(ByteArrayOutputStream block, int name, String value) {
    block.write(name);
    block.write(value.length());
    block.writeBytes(value.getBytes(US_ASCII));
  }

  private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
    out.writeByte(payload.length >> 16);
    out.writeShort(payload.length);
    out.writeByte(type);
    out.writeByte(flags);
    out.writeInt(stream);
    out.write(payload);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
