package dev.outrider.proxy.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.CircuitBreakers;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.UpstreamHttpOptions;
import dev.outrider.proxy.config.HttpTimeouts;
import dev.outrider.proxy.http.Http1Options;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.routing.ClusterChoice;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteTimeouts;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The whole way of a request over real sockets, without filters.
class ProxyIT {
  private static final String CHUNKED_ECHO =
      """
      POST /echo HTTP/1.1
      host: a
      transfer-encoding: chunked

      2
      hi
      0
      x-t: 1

      """;

  private final ScriptedUpstream upstream = new ScriptedUpstream();
  private final TestProxy proxy = new TestProxy(1);

  @BeforeEach
  void configure() {
    proxy.cluster("svc", upstream.port());
    proxy.cluster("empty");
    proxy.route("/none", "missing");
    proxy.route("/empty", "empty");
    proxy.route("/direct", new RouteAction.DirectResponse(201, "made here"));
  }

  @AfterEach
  void stop() throws Exception {
    proxy.close();
    upstream.close();
  }

  @Test
  void forwardsARequestAndItsAnswer() throws Exception {
    proxy.route("/", "svc").start();

    try (var client = proxy.client()) {
      var response =
          client.send("POST /echo HTTP/1.1\nHost: example.test\ncontent-length: 5\n\nhello").read();

      assertThat(response.status()).isEqualTo("HTTP/1.1 200 OK");
      assertThat(response.body()).isEqualTo("hello");
      assertThat(response.names())
          .containsExactly(
              "x-up", "content-length", "x-envoy-upstream-service-time", "date", "server");
    }
  }

  @Test
  void tellsTheUpstreamWhatEnvoyTellsIt() throws Exception {
    proxy.route("/", "svc").start();

    try (var client = proxy.client()) {
      var head =
          client
              .send(
                  """
                  GET /head HTTP/1.1
                  Host: example.test
                  X-A: 1
                  Connection: x-hop
                  x-hop: 1
                  x-envoy-retry-on: 5xx

                  """)
              .read()
              .body()
              .lines()
              .toList();

      assertThat(head.subList(0, 4))
          .containsExactly(
              "GET /head HTTP/1.1", "host: example.test", "x-a: 1", "x-forwarded-proto: http");
      assertThat(head.get(4))
          .matches(
              "x-request-id: [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
      assertThat(head.get(5)).isEqualTo("x-envoy-expected-rq-timeout-ms: 15000");
      assertThat(head).hasSize(6);
    }
  }

  @Test
  void usesBothConnectionsAgain() throws Exception {
    proxy.route("/", "svc").start();

    try (var client = proxy.client()) {
      for (var i = 0; i < 20; i++) {
        assertThat(client.get("/echo").read().code()).isEqualTo(200);
      }
    }

    assertThat(upstream.connections).hasValue(1);
    assertThat(proxy.stat("cluster.svc.upstream_cx_total")).isEqualTo(1);
    assertThat(proxy.stat("cluster.svc.upstream_rq_200")).isEqualTo(20);
    assertThat(proxy.stat("http.test.downstream_rq_2xx")).isEqualTo(20);
  }

  @Test
  void answersPipelinedRequestsInOrder() throws Exception {
    proxy.route("/", "svc").start();

    try (var client = proxy.client()) {
      client.send(
          "POST /echo HTTP/1.1\nhost: a\ncontent-length: 3\n\none"
              + "POST /echo HTTP/1.1\nhost: a\ntransfer-encoding: chunked\n\n3\ntwo\n0\n\n"
              + "GET /direct HTTP/1.1\nhost: a\n\n"
              + "GET /chunked HTTP/1.1\nhost: a\n\n");

      assertThat(client.read().body()).isEqualTo("one");
      assertThat(client.read().body()).isEqualTo("two");
      assertThat(client.read().body()).isEqualTo("made here");
      assertThat(client.read().body()).isEqualTo("Wikipedia");
    }
  }

  @Test
  void passesTrailersOnWhenAskedTo() throws Exception {
    proxy.http1 = new Http1Options(true);
    proxy.cluster(withTrailers(), upstream.port()).route("/", "svc").start();

    try (var client = proxy.client()) {
      var chunked = client.get("/chunked").read();
      var echoed = client.send(CHUNKED_ECHO).read();

      assertThat(chunked.body()).isEqualTo("Wikipedia");
      assertThat(chunked.trailers()).containsExactly("x-sum: 9");
      assertThat(echoed.body()).isEqualTo("hi[x-t: 1]");
    }
  }

  /// Trailers of HTTP/1 pass only where the cluster says so, as in Envoy.
  static Cluster withTrailers() {
    var plain = Cluster.withDefaults("svc", new Discovery.Static(new Assignment("svc", List.of())));
    return plain.toBuilder()
        .http(
            new UpstreamHttpOptions(
                HttpVersion.HTTP1,
                false,
                new Http1Options(true),
                plain.http().http2(),
                plain.http().limits()))
        .build();
  }

  @Test
  void dropsTrailersByDefault() throws Exception {
    proxy.route("/", "svc").start();

    try (var client = proxy.client()) {
      assertThat(client.get("/chunked").read().trailers()).isEmpty();
      assertThat(client.send(CHUNKED_ECHO).read().body()).isEqualTo("hi");
    }
  }

  @Test
  void answersInPlaceOfAnUpstreamAsEnvoyDoes() throws Exception {
    int closed;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    proxy.cluster("dead", closed);
    proxy
        .route("/dead", "dead")
        .route("/close", "svc")
        .route("/garbage", "svc")
        .route("/short", "svc")
        .start();

    assertAnswer("/nowhere", 404, "");
    assertAnswer("/none", 503, "");
    assertAnswer("/empty", 503, "no healthy upstream");
    assertAnswer("/direct", 201, "made here");
    assertAnswer("/dead", 503, resetBody("remote connection failure"));
    assertAnswer("/close", 503, resetBody("connection termination"));
    assertAnswer("/garbage", 502, resetBody("protocol error"));
    assertThat(proxy.stat("cluster.dead.upstream_cx_connect_fail")).isEqualTo(1);
    assertThat(proxy.stat("cluster.dead.upstream_rq_pending_failure_eject")).isEqualTo(1);
    assertThat(proxy.stat("cluster.dead.upstream_cx_active")).isZero();
    assertThat(proxy.stat("cluster.dead.external.upstream_rq_503")).isEqualTo(1);
    assertThat(proxy.stat("http.test.no_route")).isEqualTo(1);
    assertThat(proxy.stat("http.test.no_cluster")).isEqualTo(1);
  }

  private void assertAnswer(String path, int code, String body) throws Exception {
    try (var client = proxy.client()) {
      var response = client.get(path).read();
      assertThat(response.code()).as(path).isEqualTo(code);
      assertThat(response.body()).as(path).isEqualTo(body);
      assertThat(client.get("/direct").read().code())
          .as("the connection after " + path)
          .isEqualTo(201);
    }
  }

  private static String resetBody(String reason) {
    return "upstream connect error or disconnect/reset before headers. reset reason: " + reason;
  }

  @Test
  void aResponseCutShortClosesTheConnection() throws Exception {
    proxy.route("/", "svc").start();

    try (var client = proxy.client()) {
      client.get("/short");
      for (var line = client.readLine(); !line.isEmpty(); line = client.readLine()) {}
      assertThat(client.readBytes(3)).asString().isEqualTo("abc");
      assertThat(client.readByte()).isEqualTo(-1);
    }
  }

  @Test
  void doesNotUseAConnectionAgainThatItsServerCloses() throws Exception {
    proxy.route("/", "svc").start();

    try (var client = proxy.client()) {
      assertThat(client.get("/once").read().body()).isEqualTo("once");
      assertThat(client.get("/echo").read().code()).isEqualTo(200);
    }

    assertThat(upstream.connections).hasValue(2);
  }

  @Test
  void anAnswerBeforeTheEndOfTheRequestClosesBothConnections() throws Exception {
    proxy.route("/", "svc").start();

    try (var client = proxy.client()) {
      client.send("POST /early HTTP/1.1\nhost: a\ncontent-length: 100\n\nabc");
      var response = client.read();
      assertThat(response.body()).isEqualTo("early");
      assertThat(response.header("connection")).isEqualTo("close");
    }
    try (var client = proxy.client()) {
      assertThat(client.get("/echo").read().code()).isEqualTo(200);
    }
    assertThat(upstream.connections).hasValue(2);
  }

  @Test
  void aLocalReplyToARequestWithABodyCloses() throws Exception {
    proxy.start();

    try (var client = proxy.client()) {
      var response =
          client.send("POST /nowhere HTTP/1.1\nhost: a\ncontent-length: 3\n\nabc").read();

      assertThat(response.code()).isEqualTo(404);
      assertThat(response.names())
          .containsExactly("date", "server", "connection", "content-length");
      assertThat(client.readByte()).isEqualTo(-1);
    }
  }

  @Test
  void refusesWhatIsNotARequest() throws Exception {
    proxy.route("/", "svc").start();

    try (var client = proxy.client()) {
      var response = client.send("GET /nohost HTTP/1.1\n\n").read();
      assertThat(response.code()).isEqualTo(400);
      assertThat(response.body()).isEmpty();
    }
    try (var client = proxy.client()) {
      var response = client.send("GET / HTTP/1.1\nbad header\n\n").read();
      assertThat(response.code()).isEqualTo(400);
      assertThat(response.body()).isEqualTo("Bad Request");
      assertThat(response.header("connection")).isEqualTo("close");
      assertThat(client.readByte()).isEqualTo(-1);
    }
    try (var client = proxy.client()) {
      client.send("GET / HTTP/1.1\nhost: a\nx: " + "y".repeat(70_000) + "\n\n");
      assertThat(client.read().code()).isEqualTo(431);
    }
  }

  @Test
  void timesOutAnUpstreamThatDoesNotAnswer() throws Exception {
    var forward =
        RouteAction.Forward.builder(new ClusterChoice.Single("svc"))
            .timeouts(new RouteTimeouts(Duration.ofMillis(100), null))
            .build();
    proxy.route("/hang", forward).start();

    try (var client = proxy.client()) {
      var response = client.get("/hang").read();

      assertThat(response.code()).isEqualTo(504);
      assertThat(response.body()).isEqualTo("upstream request timeout");
    }
    assertThat(proxy.stat("cluster.svc.upstream_rq_timeout")).isEqualTo(1);
  }

  @Test
  void movesBigBodiesBothWays() throws Exception {
    proxy.bufferLimit = 64 * 1024;
    proxy.route("/", "svc").start();
    var body = "0123456789abcdef".repeat(64 * 1024);

    try (var client = proxy.client()) {
      client.send("POST /echo HTTP/1.1\nhost: a\ncontent-length: " + body.length() + "\n\n" + body);
      assertThat(client.read().body()).isEqualTo(body);
      assertThat(client.get("/bytes/3000000").read().body()).hasSize(3_000_000);
    }
  }

  @Test
  void aSlowClientHoldsTheUpstreamBack() throws Exception {
    proxy.bufferLimit = 64 * 1024;
    proxy.route("/", "svc").start();

    try (var client = proxy.client()) {
      client.get("/bytes/60000000");
      var deadline = System.nanoTime() + 10_000_000_000L;
      while (proxy.stat("cluster.svc.upstream_flow_control_paused_reading_total") == 0
          && System.nanoTime() < deadline) {
        Thread.onSpinWait();
      }
      var whileHeld = proxy.stat("cluster.svc.upstream_cx_rx_bytes_total");

      assertThat(whileHeld).isLessThan(60_000_000);
      assertThat(client.read().body()).hasSize(60_000_000);
    }
  }

  @Test
  void aFullCircuitBreakerAnswersAtOnce() throws Exception {
    var tight = new CircuitBreakers.Thresholds(1, 0, 1, 3);
    var svc =
        Cluster.withDefaults("tight", new Discovery.Static(new Assignment("tight", List.of())));
    proxy.cluster(
        svc.toBuilder().breakers(new CircuitBreakers(tight, tight)).build(), upstream.port());
    proxy.route("/", "tight").start();

    try (var client = proxy.client()) {
      var response = client.get("/echo").read();

      assertThat(response.code()).isEqualTo(503);
      assertThat(response.body()).isEqualTo(resetBody("overflow"));
      assertThat(response.header("x-envoy-overloaded")).isEqualTo("true");
    }
  }

  @Test
  void aListenerUpdateKeepsTheSocketAndDrainsTheOldConnections() throws Exception {
    proxy.route("/", "svc").start();

    try (var old = proxy.client()) {
      assertThat(old.get("/echo").read().header("connection")).isEqualTo("(none)");
      proxy.timeouts = new HttpTimeouts(1000, 0, 0, 0, 0, 0);
      var report = proxy.apply(Map.of("main", proxy.listener(0)));
      assertThat(report.failures()).isEmpty();

      var last = old.get("/echo").read();
      assertThat(last.code()).isEqualTo(200);
      assertThat(last.header("connection")).isEqualTo("close");
      assertThat(old.readByte()).isEqualTo(-1);
    }
    try (var next = proxy.client()) {
      assertThat(next.get("/echo").read().header("connection")).isEqualTo("(none)");
    }
  }

  @Test
  void aPortInUseIsReported() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var report = proxy.apply(Map.of("main", proxy.listener(taken.getLocalPort())));

      assertThat(report.failures().get("main"))
          .contains("cannot bind")
          .contains("address already in use");
    }
  }

  @Test
  void aChangeThatFailsOnAWorkerIsReportedAndTheNextOneTaken() throws Exception {
    proxy.route("/", "svc").start();
    proxy.filter(
        _ -> {
          throw new IllegalStateException("a bug");
        });

    var failed = proxy.apply(Map.of("main", proxy.listener(0)));
    proxy.filters.clear();
    var next = proxy.apply(Map.of("main", proxy.listener(0)));

    assertThat(failed.failures().get("worker 0")).contains("a bug");
    assertThat(next.failures()).isEmpty();
    try (var client = proxy.client()) {
      assertThat(client.get("/echo").read().code()).isEqualTo(200);
    }
  }

  @Test
  void aListenerThatCannotMoveStaysWhereItIs() throws Exception {
    proxy.route("/", "svc").start();
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var report = proxy.apply(Map.of("main", proxy.listener(taken.getLocalPort())));

      assertThat(report.failures()).containsKey("main");
    }
    try (var client = proxy.client()) {
      assertThat(client.get("/echo").read().code()).isEqualTo(200);
    }
  }

  @Test
  void aListenerMovesToAnotherAddress() throws Exception {
    proxy.route("/", "svc").start();
    int free;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }

    try (var old = proxy.client()) {
      assertThat(old.get("/echo").read().code()).isEqualTo(200);
      var report = proxy.apply(Map.of("main", proxy.listener(free)));
      assertThat(report.failures()).isEmpty();

      assertThat(old.get("/echo").read().header("connection")).isEqualTo("close");
    }
    try (var moved = new RawClient(free)) {
      assertThat(moved.get("/echo").read().code()).isEqualTo(200);
    }
    assertThatThrownBy(proxy::client).isInstanceOf(ConnectException.class);
  }

  @Test
  void drainingLetsRunningRequestsEnd() throws Exception {
    proxy.route("/", "svc").start();

    try (var busy = proxy.client();
        var idle = proxy.client()) {
      assertThat(idle.get("/echo").read().code()).isEqualTo(200);
      busy.send("POST /echo HTTP/1.1\nhost: a\ncontent-length: 4\n\nab");
      while (proxy.stat("http.test.downstream_rq_active") == 0) {
        Thread.onSpinWait();
      }
      var drained = proxy.group().endSoon(Duration.ofSeconds(10)).toCompletableFuture();

      assertThat(idle.readByte()).isEqualTo(-1);
      assertThat(drained).isNotDone();
      var last = busy.send("cd").read();
      assertThat(last.body()).isEqualTo("abcd");
      assertThat(last.header("connection")).isEqualTo("close");
      drained.get(5, TimeUnit.SECONDS);
    }
  }

  @Test
  void servesOverNioWhereTheNativeTransportIsMissing() throws Exception {
    try (var plain = new TestProxy(1, Transport.NIO)) {
      plain.cluster("svc", upstream.port()).route("/", "svc").start();

      try (var client = plain.client()) {
        assertThat(client.get("/bytes/300000").read().body()).hasSize(300_000);
      }
    }
  }
}
