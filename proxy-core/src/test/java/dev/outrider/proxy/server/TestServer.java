package dev.outrider.proxy.server;

import dev.outrider.proxy.config.DrainOptions;
import dev.outrider.proxy.config.DrainOptions.Strategy;
import dev.outrider.proxy.server.ServerOptions.BootstrapSource;
import dev.outrider.proxy.server.ServerOptions.NodeOverride;
import dev.outrider.proxy.worker.RawClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/// A whole proxy in this process. Compiled modules are kept below `target`, so that only the first
/// test that uses one compiles it.
public final class TestServer implements AutoCloseable {
  public static final Path COMPILED_MODULES = Path.of("target", "compiled-modules");

  private final Server server;

  private TestServer(Server server) {
    this.server = server;
  }

  /// Starts and waits until it serves.
  public static TestServer start(TestBootstrap bootstrap) {
    return start(bootstrap.yaml(), 2);
  }

  public static TestServer start(String yaml, int workers) {
    return start(options(new BootstrapSource(null, yaml), workers));
  }

  static TestServer start(ServerOptions options) {
    var server = Server.start(options);
    server.awaitLive();
    return new TestServer(server);
  }

  public static ServerOptions options(BootstrapSource bootstrap, int workers) {
    return options(bootstrap, workers, Duration.ofSeconds(5));
  }

  static ServerOptions options(BootstrapSource bootstrap, int workers, Duration drainTime) {
    return new ServerOptions(
        bootstrap,
        workers,
        new DrainOptions(drainTime, Strategy.IMMEDIATE),
        Duration.ofMillis(50),
        NodeOverride.NONE,
        COMPILED_MODULES,
        ServerOptions.AdminOptions.DEFAULT);
  }

  /// Port of the listener `main`.
  public int port() {
    return Objects.requireNonNull(server.listenerAddresses().get("main"), "main is bound").port();
  }

  public RawClient client() throws IOException {
    return new RawClient(port());
  }

  /// One request on a connection of its own.
  public RawClient.Response get(String path) throws IOException {
    try (var client = client()) {
      return client.get(path).read();
    }
  }

  /// A page of the admin interface.
  public RawClient.Response admin(String path) throws IOException {
    var address = Objects.requireNonNull(server.adminAddress(), "the admin interface is bound");
    try (var client = new RawClient(address.port())) {
      return client.get(path).read();
    }
  }

  /// What a POST to the admin interface is answered.
  RawClient.Response order(String path) throws IOException {
    var address = Objects.requireNonNull(server.adminAddress(), "the admin interface is bound");
    try (var client = new RawClient(address.port())) {
      return client.send("POST " + path + " HTTP/1.1\nhost: a\ncontent-length: 0\n\n").read();
    }
  }

  /// A counter or gauge, by its whole name.
  public long stat(String name) throws IOException {
    return admin("/stats")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + ": "))
        .map(line -> Long.parseLong(line.substring(name.length() + 2)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no statistic '" + name + "'"));
  }

  @Override
  public void close() {
    server.close();
  }
}
