package dev.outrider.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.outrider.proxy.cluster.HostPort;
import dev.outrider.proxy.server.Server;
import dev.outrider.proxy.server.ServerOptions;
import dev.outrider.proxy.server.ServerOptions.BootstrapSource;
import dev.outrider.proxy.server.ServerOptions.NodeOverride;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A whole proxy with one worker between a client and a service over loopback, all in this process:
/// what the worker's thread does is what a request costs.
final class ProxyRig implements AutoCloseable {
  private static final int CONNECTIONS = 16;

  private final Service service = new Service();
  private final Server server;
  private final Thread worker;
  private final byte[] request;
  private final byte[] answer = new byte[4096];
  private final List<Socket> connections = new ArrayList<>();

  ProxyRig(@Nullable Example example) {
    this(example, 0);
  }

  /// As [Bootstrap#text].
  ProxyRig(@Nullable Example example, int idleClusters) {
    request = requestFor(example);
    server =
        Server.start(
            new ServerOptions(
                new BootstrapSource(null, Bootstrap.text(example, service.port(), idleClusters)),
                1,
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                NodeOverride.NONE,
                null));
    server.awaitLive();
    worker = threadNamed("worker-0");
    var address = server.listenerAddresses().get("main");
    if (address == null) {
      throw new IllegalStateException("the listener is not bound");
    }
    connect(address);
  }

  private void connect(HostPort address) {
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        var socket = new Socket(InetAddress.getLoopbackAddress(), address.port());
        socket.setTcpNoDelay(true);
        connections.add(socket);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Thread threadNamed(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static byte[] requestFor(@Nullable Example example) {
    var own = example == null ? "x-plain: 1" : example.header() + ": " + example.value();
    return """
    GET /api/v1/items?page=2 HTTP/1.1
    Host: shop.example.test
    User-Agent: curl/8.5.0
    Accept: */*
    Accept-Encoding: gzip, deflate
    X-Custom: some value
    %s

    """
        .formatted(own)
        .replace("\n", "\r\n")
        .getBytes(US_ASCII);
  }

  /// The thread whose cost is the proxy's.
  Thread worker() {
    return worker;
  }

  /// One request and its answer, with nothing else under way.
  void runOne() {
    try {
      connections.getFirst().getOutputStream().write(request);
      readAnswer(connections.getFirst());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// One request on each connection, all under way at once; answers how many.
  int run() {
    try {
      for (var connection : connections) {
        connection.getOutputStream().write(request);
      }
      for (var connection : connections) {
        readAnswer(connection);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return connections.size();
  }

  /// The service's body is the only thing that ends so.
  private void readAnswer(Socket connection) throws IOException {
    int length = 0;
    do {
      int more = connection.getInputStream().read(answer, length, answer.length - length);
      if (more <= 0) {
        throw new IllegalStateException("the answer broke off: " + text(length));
      }
      length += more;
    } while (answer[length - 1] != Service.LAST_BYTE);
    if (!text(12).equals("HTTP/1.1 200")) {
      throw new IllegalStateException("answered " + text(length));
    }
  }

  private String text(int length) {
    return new String(answer, 0, length, US_ASCII);
  }

  @Override
  public void close() {
    try {
      for (var connection : connections) {
        connection.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.close();
    service.close();
  }
}
