package dev.outrider.proxywasm.conformance;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/// A service behind the proxy, on a port of loopback: a virtual thread per connection, which ends
/// with what is said on it.
final class LoopbackService implements Closeable {
  private final ServerSocket socket;
  private final Protocol protocol;

  /// What is said on one connection. Blocks.
  interface Protocol {
    void serve(Socket connection) throws IOException;
  }

  LoopbackService(Protocol protocol) throws IOException {
    this.protocol = protocol;
    socket = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return socket.getLocalPort();
  }

  @SuppressWarnings("resource") // each connection's own thread closes it
  private void accept() {
    try {
      while (true) {
        var connection = socket.accept();
        Thread.ofVirtual().start(() -> serve(connection));
      }
    } catch (IOException _) {
      // closed
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      protocol.serve(connection);
    } catch (IOException _) {
      // the proxy went away
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
