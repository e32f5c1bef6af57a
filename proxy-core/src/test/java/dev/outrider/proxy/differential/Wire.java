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
import javax.net.ssl.SSLContext;

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

  private final Socket tcp;
  private Socket socket;
  private InputStream in;
  private String end = "";

  Wire(Socket socket) throws IOException {
    tcp = socket;
    this.socket = socket;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) DEADLINE.toMillis());
    in = new BufferedInputStream(socket.getInputStream());
  }

  static Wire connect(int port) throws IOException {
    return new Wire(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  /// Goes on in TLS. Returns what came of the handshake; the connection is over if nothing did.
  String secure(TlsEnd end, SSLContext context) {
    try {
      var secure = end.over(tcp, context);
      secure.startHandshake();
      socket = secure;
      in = new BufferedInputStream(secure.getInputStream());
      return end.agreed(secure);
    } catch (SocketTimeoutException _) {
      throw new Silence("a handshake");
    } catch (IOException failed) {
      this.end = TlsEnd.failure(failed);
      return this.end;
    }
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
    } catch (IOException failed) {
      end = TlsEnd.failure(failed);
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

  /// `closed`, `reset`, `alert NAME` or, by ourselves, `left`; empty while it lives.
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
    tcp.setSoLinger(true, 0);
    tcp.close();
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
