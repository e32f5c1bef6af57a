package dev.outrider.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.server.TestBootstrap;
import dev.outrider.proxy.worker.RawClient;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A process of its own ends while 5,000 requests are in flight, half of them over HTTP/2, and more
/// arrive on connections that are kept and on new ones. Each request that the proxy took is
/// answered by 200, and the process exits with 0.
///
/// "Arriving" is what a client can know of: a request on a connection that was there before the
/// order; on a new one as long as the listener accepts. A listener that is closed refuses, or
/// resets who was on the way to its queue, before a byte is answered: that is the client's signal
/// to go elsewhere. With the documented order (`/healthcheck/fail`, `/drain_listeners?graceful`,
/// then SIGTERM) nobody meets even that.
@Timeout(180)
class DrainUnderLoadIT {
  private static final int HTTP1 = 2_500;
  private static final int CONNECTIONS = 25;
  private static final int STREAMS = 100;
  private static final int IN_FLIGHT = HTTP1 + CONNECTIONS * STREAMS;
  private static final int KEEPING = 50;
  private static final int ARRIVING = 10;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private enum Phase {
    SERVING,
    /// The balancer in front sends nobody any more.
    LEFT,
    TERMINATING
  }

  @TempDir private Path folder;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Future<?>> clients = new ArrayList<>();
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicInteger turnedAway = new AtomicInteger();
  private volatile Phase phase = Phase.SERVING;
  private HoldingService service;
  private Sidecar proxy;
  private int port;

  @BeforeEach
  void start() throws Exception {
    service = new HoldingService(IN_FLIGHT);
    var limits = "max_connections: 9999, max_pending_requests: 9999, max_requests: 9999";
    var bootstrap = folder.resolve("bootstrap.yaml");
    Files.writeString(
        bootstrap,
        TestBootstrap.create()
            .route("{ match: { prefix: / }, route: { cluster: up, timeout: 0s } }")
            .cluster(
                "up", "circuit_breakers: { thresholds: [{ " + limits + " }] },", service.port())
            .yaml());
    var address = folder.resolve("admin-address");
    proxy =
        Sidecar.start(
            folder.resolve("log"),
            "-c",
            bootstrap.toString(),
            "--concurrency",
            "2",
            "--drain-time-s",
            "60",
            "--drain-strategy",
            "immediate",
            "--admin-address-path",
            address.toString());
    proxy.awaitReady(address);
    port = proxy.listenerPort("main");
  }

  @AfterEach
  void end() throws IOException {
    proxy.close();
    service.close();
    threads.shutdownNow();
  }

  @Test
  void sigtermLosesNoRequest() throws Exception {
    begin();

    phase = Phase.TERMINATING;
    proxy.signal("TERM");
    awaitArriving();
    service.release();

    awaitClients();
    assertThat(proxy.process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(proxy.process.exitValue()).as(proxy.log()).isZero();
    assertThat(turnedAway.get()).as("arrived too late").isPositive();
    assertThat(answered.get()).isEqualTo(service.answered()).isGreaterThan(IN_FLIGHT);
  }

  /// New connections are taken until the balancer in front has seen that the proxy is not ready.
  @Test
  void theDocumentedOrderTurnsNobodyAway() throws Exception {
    begin();

    proxy.order("/healthcheck/fail");
    proxy.order("/drain_listeners?graceful");
    assertThat(proxy.page("/ready").code()).isEqualTo(503);
    var before = answered.get();
    while (answered.get() < before + 200) { // who has not looked yet goes on arriving
      Thread.onSpinWait();
    }
    phase = Phase.LEFT;
    awaitArriving();
    proxy.signal("TERM");
    service.release();

    awaitClients();
    assertThat(proxy.process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(proxy.process.exitValue()).as(proxy.log()).isZero();
    assertThat(turnedAway.get()).isZero();
    assertThat(answered.get()).isEqualTo(service.answered()).isGreaterThan(IN_FLIGHT);
  }

  /// All clients run, and all requests that are to be held are at the service.
  private void begin() throws InterruptedException {
    for (var i = 0; i < HTTP1; i++) {
      run(this::heldOverHttp1);
    }
    for (var i = 0; i < CONNECTIONS; i++) {
      run(this::heldOverHttp2);
    }
    for (var i = 0; i < KEEPING; i++) {
      run(this::keeping);
      run(this::keepingStreams);
    }
    for (var i = 0; i < ARRIVING; i++) {
      run(this::arriving);
    }
    assertThat(service.awaitAll(60)).as("%d requests in flight", IN_FLIGHT).isTrue();
  }

  private void run(Callable<Void> client) {
    clients.add(threads.submit(client));
  }

  private void awaitArriving() throws Exception {
    for (var client : clients.subList(clients.size() - ARRIVING, clients.size())) {
      client.get();
    }
  }

  private void awaitClients() throws Exception {
    for (var client : clients) {
      client.get(); // fails if a request was lost
    }
  }

  private Void heldOverHttp1() throws IOException {
    try (var client = new RawClient(port, PATIENCE)) {
      expectOk(client.get("/held").read());
    }
    return null;
  }

  private Void heldOverHttp2() throws IOException {
    try (var client = new StreamsClient(port)) {
      client.get("/held", STREAMS);
      client.awaitAnswers();
      assertThat(client.answered()).isEqualTo(STREAMS);
      answered.addAndGet(STREAMS);
    }
    return null;
  }

  /// One request after the other on one connection, until told that it ends.
  private Void keeping() throws IOException {
    try (var client = new RawClient(port, PATIENCE)) {
      while (!expectOk(client.get("/").read()).headers().contains("connection: close")) {
        Thread.onSpinWait();
      }
    }
    return null;
  }

  private Void keepingStreams() throws IOException {
    try (var client = new StreamsClient(port)) {
      while (!client.told()) {
        client.get("/", 3);
        client.awaitAnswers();
      }
      answered.addAndGet(client.answered());
    }
    return null;
  }

  /// One connection after the other, until the client looks elsewhere or is refused. Who was
  /// connected before SIGTERM is answered; who comes later may find the door closed, and nothing
  /// worse.
  private Void arriving() throws IOException {
    var early = true;
    while (phase != Phase.LEFT) {
      try (var client = new RawClient(port, PATIENCE)) {
        early = phase != Phase.TERMINATING;
        expectOk(client.get("/").read());
      } catch (SocketException refused) {
        if (early && phase != Phase.TERMINATING) {
          throw refused;
        }
        turnedAway.incrementAndGet();
        if (refused instanceof ConnectException) {
          return null;
        }
      }
    }
    return null;
  }

  private RawClient.Response expectOk(RawClient.Response response) {
    assertThat(response.code()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("ok");
    answered.incrementAndGet();
    return response;
  }
}
