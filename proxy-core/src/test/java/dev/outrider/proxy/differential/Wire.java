package dev.outrider.proxy.differential;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// A TCP connection on which text stands for bytes. Its end is a value: a peer that resets is no
/// failure of the test. Used by one thread, but for [#endOutput].
final class Wire implements Closeable {
  /// How long anything may take before the case counts as hung.
  static final Duration DEADLINE = Duration.ofSeconds(15);

  /// The peer neither sent nor closed in time.
  static final class Silence extends RuntimeException {
    private static final long serialVersionUID = 1;

    Silence(String waitedFor) {
      super("nothing within " + DEADLINE.toSeconds() + " s: " + waitedFor);
    }
  }

  private final Socket socket;
  private final InputStream in;
  private String end = "";

  Wire(Socket socket) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) DEADLINE.toMillis());
    in = new BufferedInputStream(socket.getInputStream());
  }

  static Wire connect(int port) throws IOException {
    return new Wire(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  /// What cannot be sent because the peer is gone is not sent: reading tells.
  void send(String bytes) {
    try {
      socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    } catch (IOException _) {
      // the peer has closed; whoever reads next finds out how
    }
  }

  /// -1 at the end.
  int read() {
    if (ended()) {
      return -1;
    }
    try {
      int read = in.read();
      if (read < 0) {
        end = "closed";
      }
      return read;
    } catch (SocketTimeoutException _) {
      throw new Silence("a byte");
    } catch (IOException _) {
      end = "reset";
      return -1;
    }
  }

  /// Fewer if the connection ends.
  String read(int count) {
    var bytes = new StringBuilder();
    while (bytes.length() < count) {
      int read = read();
      if (read < 0) {
        break;
      }
      bytes.append((char) read);
    }
    return bytes.toString();
  }

  /// All up to the end.
  String drain() {
    return read(Integer.MAX_VALUE);
  }

  boolean ended() {
    return !end.isEmpty();
  }

  /// `closed`, `reset` or, by ourselves, `left`; empty while it lives.
  String end() {
    return end;
  }

  void endOutput() {
    try {
      socket.shutdownOutput();
    } catch (IOException _) {
      // ended already
    }
  }

  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    close();
  }

  @Override
  public void close() throws IOException {
    if (end.isEmpty()) {
      end = "left";
    }
    socket.close();
  }
}
