package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.outrider.proxy.worker.Eventually;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Checks and outlier detection of a whole proxy, against hosts whose health changes.
class FitnessIT {
  private static final String NO_PANIC =
      "common_lb_config: { healthy_panic_threshold: { value: 0 } }, ";
  private static final String CHECK =
      NO_PANIC
          + "health_checks: [{ timeout: 5s, interval: 0.05s, no_traffic_interval: 0.05s,"
          + " unhealthy_threshold: 2, healthy_threshold: 2, %s }],";
  private static final String OUTLIERS =
      NO_PANIC
          + "outlier_detection: { consecutive_5xx: 3, interval: 0.1s, base_ejection_time: 0.3s,"
          + " max_ejection_percent: 100 },";

  private final AtomicInteger health = new AtomicInteger(200);
  private final AtomicInteger status = new AtomicInteger(200);
  private final AtomicInteger checks = new AtomicInteger();
  private volatile String extraHeader = "x-none";
  private volatile CountDownLatch answers = new CountDownLatch(0);
  private HttpServer host;

  @BeforeEach
  void open() throws IOException {
    host = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    host.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    host.createContext("/", exchange -> answer(exchange, status.get()));
    host.createContext("/healthz", this::answerCheck);
    host.start();
  }

  @AfterEach
  void close() {
    answers.countDown();
    host.stop(0);
  }

  private void answerCheck(HttpExchange exchange) throws IOException {
    checks.incrementAndGet();
    try {
      answers.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    exchange.getResponseHeaders().add(extraHeader, "true");
    answer(exchange, health.get());
  }

  private static void answer(HttpExchange exchange, int status) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(status, -1);
    }
  }

  private TestServer start(String options) {
    return start(options, 2);
  }

  private TestServer start(String options, int workers) {
    return TestServer.start(
        TestBootstrap.create()
            .route("{ match: { prefix: / }, route: { cluster: up } }")
            .cluster("up", options, host.getAddress().getPort())
            .yaml(),
        workers);
  }

  private static void await(TestServer server, String flags) throws Exception {
    assertThat(Eventually.get(() -> flags(server), flags::equals)).isEqualTo(flags);
  }

  private static String flags(TestServer server) throws IOException {
    return server
        .admin("/clusters")
        .body()
        .lines()
        .filter(line -> line.contains("::health_flags::"))
        .map(line -> line.substring(line.lastIndexOf("::") + 2))
        .findFirst()
        .orElseThrow();
  }

  /// The workers learn of it a moment later.
  private static void await(TestServer server, int code) throws Exception {
    assertThat(Eventually.get(() -> server.get("/").code(), got -> got == code)).isEqualTo(code);
  }

  @Test
  void followsAHostOverHttp() throws Exception {
    try (var server = start(CHECK.formatted("http_health_check: { path: /healthz }"))) {
      assertThat(server.get("/").code()).isEqualTo(200); // it has passed before the start was over

      health.set(503);
      await(server, "/failed_active_hc");
      await(server, 503);
      assertThat(server.stat("cluster.up.membership_healthy")).isZero();

      health.set(200);
      await(server, "healthy");
      await(server, 200);
    }
  }

  @Test
  void followsAHostThatIsDegradedOrWantsToBeLeftOut() throws Exception {
    try (var server = start(CHECK.formatted("http_health_check: { path: /healthz }"))) {
      extraHeader = "x-envoy-degraded";
      await(server, "/degraded_active_hc");
      await(server, 200); // there is nobody better
      assertThat(server.stat("cluster.up.membership_degraded")).isOne();

      extraHeader = "x-envoy-immediate-health-check-fail";
      health.set(500);
      await(server, "/failed_active_hc/degraded_active_hc/excluded_via_immediate_hc_fail");
      assertThat(server.stat("cluster.up.membership_excluded")).isOne();

      health.set(200);
      await(server, "healthy");
    }
  }

  @Test
  void losesPatienceWithAHostThatDoesNotAnswer() throws Exception {
    try (var server =
        start(
            CHECK
                .formatted("reuse_connection: false, http_health_check: { path: /healthz }")
                .replace("timeout: 5s", "timeout: 0.5s"))) {
      answers = new CountDownLatch(1);
      await(server, "/failed_active_hc/active_hc_timeout");

      answers.countDown();
      await(server, "healthy");
      assertThat(server.stat("cluster.up.health_check.network_failure")).isPositive();
    }
  }

  @Test
  void keepsItsConnectionOrMakesANewOneEachTime() throws Exception {
    try (var server = start(CHECK.formatted("tcp_health_check: {}"))) {
      await(server, "healthy");
      host.stop(0);
      await(server, "/failed_active_hc");
      assertThat(server.stat("cluster.up.upstream_cx_total")).isZero(); // they are nobody's
    }
  }

  @Test
  void followsAHostOverGrpc() throws Exception {
    var grpc = grpc();
    try (var server =
        TestServer.start(
            TestBootstrap.create()
                .route("{ match: { prefix: / }, route: { cluster: up } }")
                .cluster(
                    "up",
                    CHECK.formatted("grpc_health_check: { service_name: users }")
                        + " http2_protocol_options: {},",
                    grpc.getPort())
                .yaml(),
            1)) {
      await(server, "healthy");

      health.set(500);
      await(server, "/failed_active_hc");
      assertThat(server.stat("cluster.up.health_check.failure"))
          .isGreaterThan(server.stat("cluster.up.health_check.network_failure")); // it has answered

      health.set(200);
      await(server, "healthy");
      grpc.shutdownNow();
      await(server, "/failed_active_hc");
      assertThat(server.stat("cluster.up.health_check.network_failure")).isPositive();
    } finally {
      grpc.shutdownNow();
    }
  }

  /// Serves as long as [#health] says so, and knows one service.
  private Server grpc() throws IOException {
    var check =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("grpc.health.v1.Health/Check")
            .setRequestMarshaller(new Bytes())
            .setResponseMarshaller(new Bytes())
            .build();
    return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        .addService(
            ServerServiceDefinition.builder("grpc.health.v1.Health")
                .addMethod(check, ServerCalls.asyncUnaryCall(this::answerCall))
                .build())
        .build()
        .start();
  }

  private void answerCall(byte[] request, StreamObserver<byte[]> response) {
    assertThat(new String(request, StandardCharsets.UTF_8)).isEqualTo("\n\5users");
    response.onNext(new byte[] {8, (byte) (health.get() == 200 ? 1 : 2)});
    response.onCompleted();
  }

  /// As they are.
  private record Bytes() implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /// Three failures in a row, of which no worker may see more than one or two.
  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void countsFailuresOfAllWorkersTogether(int workers) throws Exception {
    try (var server = start(OUTLIERS, workers)) {
      status.set(500);
      for (var i = 0; i < 3; i++) {
        assertThat(server.get("/").code()).isEqualTo(500);
      }

      var ejections = "cluster.up.outlier_detection.ejections_enforced_consecutive_5xx";
      assertThat(Eventually.get(() -> server.stat(ejections), count -> count > 0)).isOne();
      status.set(200);
      await(server, "healthy"); // after its time, without a request
      await(server, 200);
    }
  }

  @Test
  void writesWhatBecomesOfOutliers(@TempDir Path folder) throws Exception {
    var log = folder.resolve("outliers.log");
    var yaml =
        TestBootstrap.create()
                .route("{ match: { prefix: / }, route: { cluster: up } }")
                .cluster("up", OUTLIERS, host.getAddress().getPort())
                .yaml()
            + "cluster_manager: { outlier_detection: { event_log_path: \"%s\" } }\n".formatted(log);
    try (var server = TestServer.start(yaml, 1)) {
      status.set(502);
      for (var i = 0; i < 3; i++) {
        assertThat(server.get("/").code()).isEqualTo(502);
      }

      var lines =
          Eventually.get(
              () -> Files.exists(log) ? Files.readAllLines(log) : List.<String>of(),
              all -> all.size() == 2);
      assertThat(lines.getFirst())
          .matches(
              "\\{\"type\":\"CONSECUTIVE_5XX\",\"timestamp\":\"[-0-9T:.]+Z\",\"cluster_name\":"
                  + "\"up\",\"upstream_url\":\"127.0.0.1:[0-9]+\",\"action\":\"EJECT\","
                  + "\"num_ejections\":1,\"enforced\":true,\"eject_consecutive_event\":\\{}}");
      assertThat(lines.getLast())
          .contains("\"secs_since_last_action\":\"0\"", "\"action\":\"UNEJECT\"");
    }
  }

  @Test
  void closesConnectionsWithoutAProtocolWhenTheirHostFails() throws Exception {
    try (var service = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var server =
            TestServer.start(
                tcp(service.getLocalPort(), "close_connections_on_host_health_failure: true,"), 1);
        var client = new Socket(InetAddress.getLoopbackAddress(), server.port());
        var accepted = accept(service)) {
      client.setSoTimeout(20_000);
      accepted.getOutputStream().write('a');
      assertThat(client.getInputStream().read()).isEqualTo('a');

      health.set(500);

      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  private static Socket accept(ServerSocket service) throws IOException {
    service.setSoTimeout(20_000);
    return service.accept();
  }

  /// A TCP proxy to a host that is checked at another port, over HTTP.
  private String tcp(int port, String options) {
    return """
    admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
    static_resources:
      clusters:
      - { name: up, type: STATIC, %s %s load_assignment: { cluster_name: up, endpoints: [{ lb_endpoints: [{ endpoint: { health_check_config: { port_value: %d }, address: { socket_address: { address: 127.0.0.1, port_value: %d } } } }] }] } }
      listeners:
      - name: main
        address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
        filter_chains:
        - filters:
          - name: tcp
            typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: up }
    """
        .formatted(
            CHECK.formatted("http_health_check: { path: /healthz }"),
            options,
            host.getAddress().getPort(),
            port);
  }

  @Test
  void anActivePassEndsAnEjection() throws Exception {
    try (var server =
        start(
            CHECK.formatted("http_health_check: { path: /healthz }")
                + " outlier_detection: { consecutive_5xx: 1, max_ejection_percent: 100,"
                + " base_ejection_time: 300s },")) {
      status.set(500);
      assertThat(server.get("/").code()).isEqualTo(500);
      var ejections = "cluster.up.outlier_detection.ejections_enforced_total";
      assertThat(Eventually.get(() -> server.stat(ejections), count -> count > 0)).isPositive();

      status.set(200);
      await(server, "healthy");
    }
  }
}
