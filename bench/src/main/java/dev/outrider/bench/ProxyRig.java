package dev.outrider.bench;

import dev.outrider.bench.wire.Client;
import dev.outrider.bench.wire.Http1Client;
import dev.outrider.bench.wire.Service;
import dev.outrider.bench.wire.Wire;
import dev.outrider.proxy.config.DrainOptions;
import dev.outrider.proxy.config.DrainOptions.Strategy;
import dev.outrider.proxy.server.Server;
import dev.outrider.proxy.server.ServerOptions;
import dev.outrider.proxy.server.ServerOptions.AdminOptions;
import dev.outrider.proxy.server.ServerOptions.BootstrapSource;
import dev.outrider.proxy.server.ServerOptions.NodeOverride;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A whole proxy with one worker between a client and a service over loopback, all in this process:
/// what the worker's thread does is what a request costs.
final class ProxyRig implements AutoCloseable {
  /// Requests under way at once in [Client#run].
  static final int IN_FLIGHT = 16;

  private static final int HTTP2_CONNECTIONS = 2;

  private final Service service = new Service();
  private final Server server;
  private final Thread worker;
  private final @Nullable Example example;
  private final Client client;

  /// @param example the only filter, or none
  ProxyRig(Wire downstream, Wire upstream, @Nullable Example example) {
    this.example = example;
    var bootstrap = Bootstrap.of(upstream, service.port()).withExample(example);
    server = start(new BootstrapSource(null, bootstrap.text()));
    worker = threadNamed("worker-0");
    int connections =
        switch (downstream) {
          case HTTP1 -> IN_FLIGHT;
          case HTTP2 -> HTTP2_CONNECTIONS;
        };
    client =
        Client.of(
            downstream,
            port(server),
            connections,
            IN_FLIGHT / connections,
            Example.headerFor(example));
  }

  /// A proxy that serves; one worker.
  static Server start(BootstrapSource bootstrap) {
    return start(bootstrap, 1);
  }

  /// A proxy that serves.
  static Server start(BootstrapSource bootstrap, int workers) {
    var server =
        Server.start(
            new ServerOptions(
                bootstrap,
                workers,
                new DrainOptions(Duration.ofSeconds(1), Strategy.IMMEDIATE),
                Duration.ofSeconds(1),
                NodeOverride.NONE,
                null,
                AdminOptions.DEFAULT));
    server.awaitLive();
    return server;
  }

  /// Where it listens.
  static int port(Server server) {
    var address = server.listenerAddresses().get("main");
    if (address == null) {
      throw new IllegalStateException("the listener is not bound");
    }
    return address.port();
  }

  /// A thread of the proxy.
  static Thread threadNamed(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /// The thread whose cost is the proxy's.
  Thread worker() {
    return worker;
  }

  Client client() {
    return client;
  }

  /// One more connection, of its own, for requests one behind the other.
  Http1Client pipeliningClient() {
    return new Http1Client(port(server), 1, Example.headerFor(example));
  }

  @Override
  public void close() {
    client.close();
    server.close();
    service.close();
  }
}
