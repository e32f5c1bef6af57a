package dev.outrider.proxywasm.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// A gRPC service behind the proxy, whatever method is called: sends each message back, and status
/// 0 after the last; the message `fail` gets status 5 at once. Its metadata is `x-i: 1` before and
/// `x-t: 2` behind the messages.
///
/// Speaks as much of HTTP/2 as that takes (RFC 9113): what it is told in heads it does not read,
/// and what it is sent is far below every window.
final class GrpcEcho {
  static final String FAILS = "fail";
  static final int FAILURE = 5;

  /// What a guest hears of its message: Envoy adds where a status came from.
  static final String HEARD = "said{via_upstream}";

  private static final String MESSAGE = "said";

  private static final int PREFACE = 24;
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int END_STREAM = 1;
  private static final int ACK = 1;
  private static final int END_HEADERS = 4;
  // RFC 7541 appendix A: ":status: 200"
  private static final char STATUS_200 = 0x88;

  private final DataInputStream in;
  private final OutputStream out;
  private final Map<Integer, ByteArrayOutputStream> streams = new HashMap<>();

  private GrpcEcho(Socket connection) throws IOException {
    in = new DataInputStream(connection.getInputStream());
    out = connection.getOutputStream();
  }

  static void serve(Socket connection) throws IOException {
    var echo = new GrpcEcho(connection);
    echo.in.skipNBytes(PREFACE);
    echo.frame(SETTINGS, 0, 0, new byte[0]);
    while (true) {
      echo.readFrame();
    }
  }

  private void readFrame() throws IOException {
    int lengthAndType = in.readInt();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    var payload = in.readNBytes(lengthAndType >>> 8);
    boolean end = (flags & END_STREAM) != 0;
    switch (lengthAndType & 0xff) {
      case SETTINGS, PING -> {
        if ((flags & ACK) == 0) {
          boolean ping = (lengthAndType & 0xff) == PING;
          frame(ping ? PING : SETTINGS, ACK, 0, ping ? payload : new byte[0]);
        }
      }
      case HEADERS -> begin(stream, end);
      case DATA -> messages(stream, payload, end);
      default -> {} // priorities, windows and resets change nothing here
    }
  }

  private void begin(int stream, boolean end) throws IOException {
    streams.put(stream, new ByteArrayOutputStream());
    var head = STATUS_200 + field("content-type", "application/grpc") + field("x-i", "1");
    frame(HEADERS, END_HEADERS, stream, head.getBytes(ISO_8859_1));
    messages(stream, new byte[0], end);
  }

  private void messages(int stream, byte[] bytes, boolean end) throws IOException {
    var seen = streams.get(stream);
    if (seen == null) {
      return;
    }
    seen.write(bytes);
    var all = seen.toByteArray();
    int at = 0;
    // a flag, four bytes of length, the message
    while (all.length - at >= 5 && all.length - at >= 5 + all[at + 4]) {
      int length = 5 + all[at + 4];
      var message = new String(all, at + 5, length - 5, US_ASCII);
      if (message.equals(FAILS)) {
        finish(stream, FAILURE);
        return;
      }
      frame(DATA, 0, stream, Arrays.copyOfRange(all, at, at + length));
      at += length;
    }
    seen.reset();
    seen.write(all, at, all.length - at);
    if (end) {
      finish(stream, 0);
    }
  }

  private void finish(int stream, int status) throws IOException {
    streams.remove(stream);
    var trailers =
        field("grpc-status", Integer.toString(status))
            + field("grpc-message", MESSAGE)
            + field("x-t", "2");
    frame(HEADERS, END_HEADERS | END_STREAM, stream, trailers.getBytes(US_ASCII));
  }

  /// RFC 7541 6.2.2: a literal that is not indexed, as it is; both shorter than 127.
  private static String field(String name, String value) {
    return "\0" + (char) name.length() + name + (char) value.length() + value;
  }

  private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
    var bytes = new ByteArrayOutputStream();
    var frame = new DataOutputStream(bytes);
    frame.writeInt(payload.length << 8 | type);
    frame.writeByte(flags);
    frame.writeInt(stream);
    frame.write(payload);
    out.write(bytes.toByteArray());
  }
}
