package dev.outrider.proxy.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// A service that keeps requests for `/held` until it is told to answer them, and answers all
/// others at once. A virtual thread for each connection.
final class HoldingService implements AutoCloseable {
  private static final byte[] ANSWER =
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".getBytes(ISO_8859_1);

  private final ServerSocket socket;
  private final CountDownLatch held;
  private final CountDownLatch released = new CountDownLatch(1);
  private final AtomicInteger answered = new AtomicInteger();

  /// @param held how many requests will be held
  HoldingService(int held) throws IOException {
    this.held = new CountDownLatch(held);
    this.socket = new ServerSocket(0, 4096, InetAddress.getLoopbackAddress());
    Thread.startVirtualThread(this::accept);
  }

  int port() {
    return socket.getLocalPort();
  }

  /// Whether as many requests as expected are held at once.
  boolean awaitAll(long seconds) throws InterruptedException {
    return held.await(seconds, TimeUnit.SECONDS);
  }

  void release() {
    released.countDown();
  }

  int answered() {
    return answered.get();
  }

  private void accept() {
    try {
      while (true) {
        var connection = socket.accept();
        Thread.startVirtualThread(() -> serve(connection));
      }
    } catch (IOException _) {
      released.countDown(); // the test is over
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      connection.setTcpNoDelay(true);
      var in = new BufferedReader(new InputStreamReader(connection.getInputStream(), ISO_8859_1));
      for (var line = in.readLine(); line != null; line = in.readLine()) {
        var hold = line.startsWith("GET /held ");
        while (!line.isEmpty()) {
          line = in.readLine();
        }
        if (hold) {
          held.countDown();
          released.await();
        }
        answered.incrementAndGet();
        connection.getOutputStream().write(ANSWER);
      }
    } catch (IOException | InterruptedException _) {
      // the proxy has gone: its clients say what they miss
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
