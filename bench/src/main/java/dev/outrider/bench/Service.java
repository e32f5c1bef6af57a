package dev.outrider.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/// Answers every request on loopback with the same kilobyte; a thread per connection.
final class Service implements AutoCloseable {
  static final char LAST_BYTE = '$';

  private static final byte[] ANSWER =
      ("""
      HTTP/1.1 200 OK
      content-type: text/plain
      cache-control: no-cache
      etag: "33a64df5"
      content-length: 1024

      """
                  .replace("\n", "\r\n")
              + "x".repeat(1023)
              + LAST_BYTE)
          .getBytes(US_ASCII);

  private final ServerSocket listening;

  Service() {
    try {
      listening = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofPlatform().daemon().name("service").start(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        var connection = listening.accept();
        connection.setTcpNoDelay(true);
        Thread.ofPlatform().daemon().name("service").start(() -> serve(connection));
      }
    } catch (IOException _) {
      // closed
    }
  }

  /// Requests have no body: four bytes end each.
  private static void serve(Socket connection) {
    var buffer = new byte[8192];
    try (connection) {
      int seen = 0;
      int read = connection.getInputStream().read(buffer);
      while (read > 0) {
        for (int i = 0; i < read; i++) {
          seen = seen << 8 | buffer[i];
          if (seen == 0x0d0a0d0a) {
            connection.getOutputStream().write(ANSWER);
          }
        }
        read = connection.getInputStream().read(buffer);
      }
    } catch (IOException _) {
      // the proxy has closed it
    }
  }

  @Override
  public void close() {
    try {
      listening.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
