package dev.outrider.proxy.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.worker.RawClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The end of the process while many requests are in flight and more arrive.
@Timeout(120)
class SigtermIT {
  private static final int CLIENTS = 300;
  private static final int BEFORE = 4_000;

  private final AtomicInteger answered = new AtomicInteger();

  /// Each client sends one request after the other until it is told that the connection ends.
  @Test
  void losesNoRequest() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        var service = new ServerSocket(0, CLIENTS, InetAddress.getLoopbackAddress())) {
      threads.submit(() -> serve(service, threads));
      var bootstrap = TestBootstrap.create().service("/", "slow", service.getLocalPort());
      var server = Server.start(TestServer.options(bootstrap(bootstrap), 2));
      server.awaitLive();
      int port = Objects.requireNonNull(server.listenerAddresses().get("main")).port();
      List<Future<Integer>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(threads.submit((Callable<Integer>) () -> untilTold(port)));
      }
      while (answered.get() < BEFORE) {
        LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
      }

      server.close();

      int sent = 0;
      for (var client : clients) {
        sent += client.get(); // fails if a request was lost
      }
      assertThat(sent).isGreaterThanOrEqualTo(BEFORE + CLIENTS / 2);
      assertThat(answered.get()).isEqualTo(sent);
    }
  }

  private static ServerOptions.BootstrapSource bootstrap(TestBootstrap bootstrap) {
    return new ServerOptions.BootstrapSource(null, bootstrap.yaml());
  }

  private int untilTold(int port) throws IOException {
    try (var client = new RawClient(port)) {
      for (int sent = 1; ; sent++) {
        var response = client.get("/" + sent).read();
        assertThat(response.body()).isEqualTo("ok");
        answered.incrementAndGet();
        if (response.headers().contains("connection: close")) {
          return sent;
        }
      }
    }
  }

  /// Answers after some milliseconds, so that there is always much in flight.
  private static Void serve(ServerSocket service, ExecutorService threads) {
    try {
      while (true) {
        var connection = service.accept();
        threads.submit(() -> answer(connection));
      }
    } catch (IOException _) {
      return null; // the test is over
    }
  }

  private static void answer(Socket connection) {
    try (connection) {
      var in = connection.getInputStream();
      var buffer = new byte[4096];
      while (in.read(buffer) > 0) { // a request is small: it comes in one piece
        LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        connection
            .getOutputStream()
            .write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".getBytes(US_ASCII));
      }
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }
}
