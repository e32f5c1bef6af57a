package dev.outrider.proxy.worker;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// A client that speaks HTTP/2 frames on a blocking socket: one request, credit given by hand.
final class RawH2Client implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int WINDOW_UPDATE = 8;
  static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int ACK = 1;
  private static final int STREAM = 1;

  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;
  private long streamCredit = 65_535;
  private long connectionCredit = 65_535;

  /// @param streamWindow what the proxy may send on a stream before it is given more
  RawH2Client(int port, int streamWindow) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    in = new DataInputStream(socket.getInputStream());
    out = new DataOutputStream(socket.getOutputStream());
    out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    frame(
        SETTINGS,
        0,
        0,
        new byte[] {
          0,
          4, // INITIAL_WINDOW_SIZE
          (byte) (streamWindow >> 24),
          (byte) (streamWindow >> 16),
          (byte) (streamWindow >> 8),
          (byte) streamWindow
        });
    update(0, 1 << 30); // the stream's window is the one that counts
    out.flush();
  }

  /// A request with literal fields, as no table could be shorter.
  void request(String method, boolean end) throws IOException {
    var block = new ByteArrayOutputStream();
    field(block, ":method", method);
    field(block, ":scheme", "http");
    field(block, ":path", "/");
    field(block, ":authority", "h");
    frame(HEADERS, END_HEADERS | (end ? END_STREAM : 0), STREAM, block.toByteArray());
    out.flush();
  }

  private static void field(ByteArrayOutputStream block, String name, String value) {
    block.write(0);
    for (var text : new String[] {name, value}) {
      block.write(text.length());
      block.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }
  }

  /// Sends as much as there is credit for, waiting for more while there is none.
  void data(byte[] bytes, boolean end) throws IOException {
    for (var at = 0; at < bytes.length; ) {
      while (Math.min(streamCredit, connectionCredit) == 0) {
        read();
      }
      var length = (int) Math.min(16_384, Math.min(streamCredit, connectionCredit));
      length = Math.min(length, bytes.length - at);
      var last = end && at + length == bytes.length;
      header(DATA, last ? END_STREAM : 0, STREAM, length);
      out.write(bytes, at, length);
      at += length;
      streamCredit -= length;
      connectionCredit -= length;
    }
    out.flush();
  }

  /// Gives the proxy credit for that many bytes more of the response.
  void credit(int bytes) throws IOException {
    update(STREAM, bytes);
    out.flush();
  }

  private void update(int stream, int bytes) throws IOException {
    header(WINDOW_UPDATE, 0, stream, 4);
    out.writeInt(bytes);
  }

  /// The next frame; settings and credit are seen to.
  Frame read() throws IOException {
    var length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
    var type = in.readUnsignedByte();
    var flags = in.readUnsignedByte();
    var stream = in.readInt();
    var payload = in.readNBytes(length);
    if (type == SETTINGS && (flags & ACK) == 0) {
      settings(payload);
    } else if (type == WINDOW_UPDATE && stream == 0) {
      connectionCredit += number(payload, 0);
    } else if (type == WINDOW_UPDATE) {
      streamCredit += number(payload, 0);
    } else if (type == RST_STREAM) {
      throw new IOException("reset: " + number(payload, 0));
    }
    return new Frame(type, flags, length);
  }

  private void settings(byte[] payload) throws IOException {
    for (var at = 0; at < payload.length; at += 6) {
      if (payload[at + 1] == 4) {
        streamCredit += number(payload, at + 2) - 65_535;
      }
    }
    frame(SETTINGS, ACK, 0, new byte[0]);
    out.flush();
  }

  private static long number(byte[] bytes, int at) {
    return (bytes[at] & 0x7fL) << 24
        | (bytes[at + 1] & 0xff) << 16
        | (bytes[at + 2] & 0xff) << 8
        | (bytes[at + 3] & 0xff);
  }

  private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
    header(type, flags, stream, payload.length);
    out.write(payload);
  }

  private void header(int type, int flags, int stream, int length) throws IOException {
    out.writeByte(length >> 16);
    out.writeShort(length);
    out.writeByte(type);
    out.writeByte(flags);
    out.writeInt(stream);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /// @param length of its payload
  record Frame(int type, int flags, int length) {
    boolean ends() {
      return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
    }
  }
}
