package dev.outrider.proxy.worker;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;

/// A WebSocket server (RFC 6455) that sends back every frame of a message as it came, answers
/// pings, and closes with the code that the rules want for what breaks them: 1002, 1007, or the
/// client's own. What it sends depends on nothing but the bytes it gets.
final class WebSocketEcho implements AutoCloseable {
  private static final String MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int CONTINUATION = 0;
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;

  private final ServerSocket socket;

  WebSocketEcho() throws IOException {
    socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return socket.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        var client = socket.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private static void serve(Socket client) {
    try (client;
        var in = new DataInputStream(client.getInputStream())) {
      var out = client.getOutputStream();
      out.write(handshake(in).getBytes(StandardCharsets.US_ASCII));
      new Conversation(in, out).run();
      client.shutdownOutput();
      in.transferTo(OutputStream.nullOutputStream());
    } catch (IOException gone) {
      // the client has gone: nobody to tell
    }
  }

  private static String handshake(DataInputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.readUnsignedByte());
    }
    var at = head.toString().toLowerCase(Locale.ROOT).indexOf("sec-websocket-key: ") + 19;
    var key = head.substring(at, head.indexOf("\r\n", at));
    return "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
        + "sec-websocket-accept: "
        + accept(key)
        + "\r\n\r\n";
  }

  static String accept(String key) {
    try {
      var sha = MessageDigest.getInstance("SHA-1");
      return Base64.getEncoder()
          .encodeToString(sha.digest((key + MAGIC).getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /// One client, from its first frame to the close.
  private static final class Conversation {
    private final DataInputStream in;
    private final OutputStream out;
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private int message;

    Conversation(DataInputStream in, OutputStream out) {
      this.in = in;
      this.out = out;
    }

    void run() throws IOException {
      try {
        var open = true;
        while (open) {
          open = frame();
        }
      } catch (EOFException end) {
        // as good as a close
      }
    }

    private boolean frame() throws IOException {
      var first = in.readUnsignedByte();
      var second = in.readUnsignedByte();
      var opcode = first & 15;
      var fin = (first & 128) != 0;
      long length = second & 127;
      if (length == 126) {
        length = in.readUnsignedShort();
      } else if (length == 127) {
        length = in.readLong();
      }
      if ((first & 0x70) != 0 || (second & 128) == 0 || length < 0 || length > 1 << 24) {
        return fail(1002);
      }
      var mask = in.readNBytes(4);
      var payload = in.readNBytes((int) length);
      for (var i = 0; i < payload.length; i++) {
        payload[i] ^= mask[i & 3];
      }
      return opcode >= CLOSE ? control(opcode, fin, payload) : data(opcode, fin, payload);
    }

    private boolean control(int opcode, boolean fin, byte[] payload) throws IOException {
      if (!fin || payload.length > 125) {
        return fail(1002);
      }
      switch (opcode) {
        case CLOSE -> {
          return close(payload);
        }
        case PING -> send(128 | PONG, payload);
        case PONG -> {}
        default -> {
          return fail(1002);
        }
      }
      return true;
    }

    private boolean close(byte[] payload) throws IOException {
      if (payload.length == 1) {
        return fail(1002);
      }
      if (payload.length >= 2) {
        var code = ((payload[0] & 255) << 8) | (payload[1] & 255);
        var known = code >= 1000 && code <= 1011 && code != 1004 && code != 1005 && code != 1006;
        if (!known && (code < 3000 || code > 4999)) {
          return fail(1002);
        }
        if (!isUtf8(payload, 2, payload.length - 2)) {
          return fail(1007);
        }
      }
      send(128 | CLOSE, payload);
      return false;
    }

    private boolean data(int opcode, boolean fin, byte[] payload) throws IOException {
      if (opcode > BINARY || (opcode == CONTINUATION) != (message != 0)) {
        return fail(1002);
      }
      message = opcode == CONTINUATION ? message : opcode;
      text.write(payload);
      if (fin && message == TEXT && !isUtf8(text.toByteArray(), 0, text.size())) {
        return fail(1007);
      }
      if (fin) {
        message = 0;
        text.reset();
      }
      send((fin ? 128 : 0) | opcode, payload);
      return true;
    }

    private boolean fail(int code) throws IOException {
      send(128 | CLOSE, new byte[] {(byte) (code >> 8), (byte) code});
      return false;
    }

    private void send(int first, byte[] payload) throws IOException {
      var frame = ByteBuffer.allocate(payload.length + 10).put((byte) first);
      if (payload.length < 126) {
        frame.put((byte) payload.length);
      } else if (payload.length < 1 << 16) {
        frame.put((byte) 126).putShort((short) payload.length);
      } else {
        frame.put((byte) 127).putLong(payload.length);
      }
      frame.put(payload);
      out.write(frame.array(), 0, frame.position());
    }

    private static boolean isUtf8(byte[] bytes, int offset, int length) {
      try {
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, offset, length));
        return true;
      } catch (CharacterCodingException malformed) {
        return false;
      }
    }
  }
}
