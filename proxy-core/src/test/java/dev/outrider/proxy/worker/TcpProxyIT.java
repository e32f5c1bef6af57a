package dev.outrider.proxy.worker;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.CircuitBreakers;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.extension.ParseContext;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.filter.network.CloseMode;
import dev.outrider.proxy.filter.network.NetworkFilter;
import dev.outrider.proxy.filter.network.NetworkFilterFactory;
import dev.outrider.proxy.filter.network.NetworkHandle;
import dev.outrider.proxy.filter.network.NetworkStatus;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.network.tcp_proxy.TcpProxyProvider;
import dev.outrider.proxy.stream.StreamInfo;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Plain TCP chains over real sockets.
class TcpProxyIT {
  private final LinkedBlockingQueue<String> log = new LinkedBlockingQueue<>();
  private ServerSocket service;

  @SuppressWarnings("NullAway.Init") // every test starts it
  private TestProxy proxy;

  @BeforeEach
  void startService() throws IOException {
    service = TcpPeer.server();
  }

  @AfterEach
  void stop() throws IOException {
    service.close();
    proxy.close();
  }

  private void start(TestProxy with, TcpProxy.Builder config) throws Exception {
    proxy = with.cluster("up", service.getLocalPort());
    var any =
        Any.newBuilder()
            .setTypeUrl("t/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy")
            .setValue(config.setStatPrefix("t").build().toByteString())
            .build();
    var provider =
        new TcpProxyProvider(
            proxy.registry,
            (_, _) -> CompletableFuture.completedFuture(Parsed.valid(List.of(this::logged))));
    if (provider.parse(any, new ParseContext("", "", "tcp")).toCompletableFuture().join()
        instanceof Parsed.Valid<NetworkFilterFactory>(var factory)) {
      proxy.networkFilter(factory).start();
    } else {
      throw new AssertionError("refused");
    }
  }

  private void start() throws Exception {
    start(new TestProxy(1), TcpProxy.newBuilder().setCluster("up"));
  }

  private void logged(StreamInfo info) {
    var flags = new ArrayList<String>();
    for (var i = 0; i < info.flags().count(); i++) {
      flags.add(info.flags().at(i).shortName());
    }
    log.add(
        (flags.isEmpty() ? "-" : String.join(",", flags))
            + " in="
            + info.sizes().requestBody()
            + " out="
            + info.sizes().responseBody()
            + " "
            + info.clusterName()
            + " attempts="
            + info.upstream().attempts()
            + " "
            + info.localCloseReason());
  }

  private String logLine() throws InterruptedException {
    var line = log.poll(10, TimeUnit.SECONDS);
    return line == null ? "no line in time" : line.strip();
  }

  private TcpPeer client() throws IOException {
    return TcpPeer.connect(proxy.port());
  }

  private TcpPeer accept() throws IOException {
    return new TcpPeer(service.accept());
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void carriesBytesAndEndsBothWays(Transport transport) throws Exception {
    start(new TestProxy(1, transport), TcpProxy.newBuilder().setCluster("up"));
    try (var client = client();
        var served = accept()) {
      client.send("ping");
      assertThat(served.read(4)).isEqualTo("ping");
      served.send("pong");
      assertThat(client.read(4)).isEqualTo("pong");

      client.send("last").endOutput();
      assertThat(served.readAll()).isEqualTo("last");
      served.send("after the end").endOutput();
      assertThat(client.readAll()).isEqualTo("after the end");
    }
    assertThat(logLine()).isEqualTo("- in=8 out=17 up attempts=1");
    assertThat(proxy.stat("tcp.t.downstream_cx_total")).isEqualTo(1);
    assertThat(proxy.stat("tcp.t.downstream_cx_rx_bytes_total")).isEqualTo(8);
    assertThat(proxy.stat("tcp.t.downstream_cx_tx_bytes_total")).isEqualTo(17);
    assertThat(proxy.stat("cluster.up.upstream_cx_active")).isZero();
    assertThat(proxy.stat("cluster.up.upstream_rq_active")).isZero();
    assertThat(proxy.stat("cluster.up.upstream_rq_total")).isEqualTo(1);
    assertThat(proxy.stat("listener.main.downstream_cx_active")).isZero();
  }

  @Test
  void keepsSendingToAClientThatStillReads() throws Exception {
    start();
    try (var client = client();
        var served = accept()) {
      served.send("bye").endOutput();
      assertThat(client.readAll()).isEqualTo("bye");

      client.send("more").endOutput();
      assertThat(served.readAll()).isEqualTo("more");
    }
    assertThat(logLine()).isEqualTo("- in=4 out=3 up attempts=1");
  }

  @Test
  void passesAResetOnInBothDirections() throws Exception {
    start();
    try (var client = client()) {
      var served = accept();
      client.send("x");
      assertThat(served.read(1)).isEqualTo("x");

      served.reset();

      assertThatThrownBy(client::readAll).isInstanceOf(SocketException.class);
    }
    assertThat(logLine()).isEqualTo("UR in=1 out=0 up attempts=1");
    var client = client();
    try (var served = accept()) {
      client.send("x");
      assertThat(served.read(1)).isEqualTo("x");

      client.reset();

      assertThatThrownBy(served::readAll).isInstanceOf(SocketException.class);
    }
    assertThat(logLine()).isEqualTo("- in=1 out=0 up attempts=1");
  }

  @Test
  void givesUpAfterAsManyAttemptsAsConfigured() throws Exception {
    var port = service.getLocalPort();
    service.close();
    start(
        new TestProxy(1).cluster("down", port),
        TcpProxy.newBuilder().setCluster("down").setMaxConnectAttempts(UInt32Value.of(2)));

    try (var client = client()) {
      assertThat(client.readAll()).isEmpty();
    }

    assertThat(logLine()).isEqualTo("UF,URX in=0 out=0 down attempts=2 tcp_initializion_failure:0");
    assertThat(proxy.stat("cluster.down.upstream_cx_connect_fail")).isEqualTo(2);
    assertThat(proxy.stat("cluster.down.upstream_cx_connect_attempts_exceeded")).isEqualTo(1);
    assertThat(proxy.stat("cluster.down.upstream_rq_pending_failure_eject")).isEqualTo(2);
    assertThat(proxy.stat("cluster.down.upstream_rq_pending_active")).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"missing", "empty"})
  void closesClientsThatHaveNowhereToGo(String cluster) throws Exception {
    start(new TestProxy(1).cluster("empty"), TcpProxy.newBuilder().setCluster(cluster));

    try (var client = client()) {
      assertThat(client.readAll()).isEmpty();
    }

    assertThat(logLine())
        .isEqualTo(
            cluster.equals("missing")
                ? "NC in=0 out=0  attempts=0 tcp_initializion_failure:3"
                : "UH in=0 out=0 empty attempts=0 tcp_initializion_failure:1");
    assertThat(proxy.stat("tcp.t.downstream_cx_no_route"))
        .isEqualTo(cluster.equals("missing") ? 1 : 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void allowsAsManyConnectionsAsTheBreakerOverAllWorkers(int workers) throws Exception {
    var limited =
        Cluster.withDefaults("tight", new Discovery.Static(new Assignment("tight", List.of())));
    var breakers =
        new CircuitBreakers(
            new CircuitBreakers.Thresholds(2, 100, 100, 3), limited.breakers().high());
    start(
        new TestProxy(workers)
            .cluster(limited.toBuilder().breakers(breakers).build(), service.getLocalPort()),
        TcpProxy.newBuilder().setCluster("tight"));
    var clients = new ArrayList<TcpPeer>();
    for (var i = 0; i < 8; i++) {
      clients.add(client());
    }

    for (var i = 0; i < 6; i++) {
      // Where another worker takes the last place behind the look at it, that was an attempt.
      assertThat(logLine())
          .matches(
              "UO in=0 out=0 tight attempts="
                  + (workers == 1 ? "0" : "[01]")
                  + " tcp_initializion_failure:2");
    }

    assertThat(proxy.stat("cluster.tight.upstream_cx_active")).isEqualTo(2);
    assertThat(proxy.stat("cluster.tight.upstream_cx_overflow")).isEqualTo(6);
    for (var client : clients) {
      client.reset();
    }
    assertThat(logLine()).startsWith("- ");
    assertThat(logLine()).startsWith("- ");
    assertThat(proxy.stat("cluster.tight.circuit_breakers.default.cx_open")).isZero();
  }

  @Test
  void endsWhatIsIdleAndWhatLastsTooLong() throws Exception {
    start(
        new TestProxy(1),
        TcpProxy.newBuilder()
            .setCluster("up")
            .setIdleTimeout(Duration.newBuilder().setNanos(100_000_000)));
    try (var client = client();
        var served = accept()) {
      client.send("x");
      assertThat(served.readAll()).isEqualTo("x");
      assertThat(client.readAll()).isEmpty();
    }
    assertThat(logLine()).isEqualTo("- in=1 out=0 up attempts=1 tcp_session_idle_timeout");
    assertThat(proxy.stat("tcp.t.idle_timeout")).isEqualTo(1);
  }

  @Test
  void endsWhatLastsTooLong() throws Exception {
    start(
        new TestProxy(1),
        TcpProxy.newBuilder()
            .setCluster("up")
            .setMaxDownstreamConnectionDuration(Duration.newBuilder().setNanos(100_000_000)));
    try (var client = client();
        var served = accept()) {
      client.send("x");
      assertThat(served.readAll()).isEqualTo("x");
      assertThat(client.readAll()).isEmpty();
    }
    assertThat(logLine()).isEqualTo("DT in=1 out=0 up attempts=1 max_connection_duration_reached");
  }

  /// 64 MiB against a reader that waits: neither side may hold more than its buffer and the
  /// kernel's.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void holdsASenderBackUntilTheOtherSideReads(boolean toService) throws Exception {
    start();
    try (var client = client();
        var served = accept()) {
      var from = toService ? client : served;
      var to = toService ? served : client;
      var block = "x".repeat(1 << 20);
      var sender =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      for (var i = 0; i < 64; i++) {
                        from.send(block);
                      }
                      from.endOutput();
                    } catch (IOException e) {
                      log.add(e.toString());
                    }
                  });
      var paused =
          toService
              ? "tcp.t.downstream_flow_control_paused_reading_total"
              : "cluster.up.upstream_flow_control_paused_reading_total";
      for (var deadline = System.nanoTime() + 10_000_000_000L;
          proxy.stat(paused) == 0 && System.nanoTime() < deadline; ) {
        Thread.onSpinWait();
      }
      assertThat(proxy.stat(paused)).as("held back").isPositive();
      assertThat(sender.isAlive()).isTrue();

      assertThat(to.readAll()).hasSize(64 << 20);
      sender.join();
    }
    assertThat(logLine()).startsWith("- in=" + (toService ? 64 << 20 : 0));
  }

  @Test
  void keepsAConnectionWhoseEndpointOrListenerIsGone() throws Exception {
    start();
    try (var client = client();
        var served = accept()) {
      client.send("a");
      assertThat(served.read(1)).isEqualTo("a");

      proxy.cluster("up"); // no endpoints any more
      var _ = proxy.apply(Map.of("main", proxy.listener(proxy.port())));
      try (var late = client()) {
        assertThat(late.readAll()).isEmpty();
      }
      assertThat(logLine()).startsWith("UH ");
      client.send("b");
      assertThat(served.read(1)).isEqualTo("b");
    }
    assertThat(logLine()).startsWith("- in=2 ");
  }

  /// Upper-cases what comes, lets nothing go before `go`, closes at `stop`.
  private record Gate(NetworkHandle connection) implements NetworkFilter {
    @Override
    public NetworkStatus onData(BodyBuffer data, boolean end) {
      var bytes = new byte[data.length()];
      data.getBytes(0, bytes.length, bytes, 0);
      var text = new String(bytes, ISO_8859_1);
      if (text.contains("stop")) {
        connection.close(CloseMode.FLUSH, "gate");
      }
      if (!text.contains("go")) {
        return NetworkStatus.STOP;
      }
      var upper = text.toUpperCase(Locale.ROOT).getBytes(ISO_8859_1);
      data.replace(0, data.length(), upper, 0, upper.length);
      return NetworkStatus.CONTINUE;
    }
  }

  @Test
  void runsNetworkFiltersInFrontOfTheProxy() throws Exception {
    start(
        new TestProxy(1).networkFilter(NetworkFilterFactory.of(Gate::new)),
        TcpProxy.newBuilder().setCluster("up"));
    try (var client = client();
        var served = accept()) {
      client.send("wait ");
      client.send("go");
      assertThat(served.read(7)).isEqualTo("WAIT GO");

      client.send("stop");
      assertThat(client.readAll()).isEmpty();
      assertThat(served.readAll()).isEmpty();
    }
    assertThat(logLine()).isEqualTo("- in=11 out=0 up attempts=1 gate");
  }

  @Test
  void getsNothingThatAFilterHasStoppedBeforeTheServiceWasThere() throws Exception {
    start(
        new TestProxy(1).networkFilter(NetworkFilterFactory.of(Gate::new)),
        TcpProxy.newBuilder().setCluster("up"));
    try (var client = client().send("wait ");
        var served = accept()) {
      served.send("hello");
      assertThat(client.read(5)).as("connected").isEqualTo("hello");

      client.send("go");

      assertThat(served.read(7)).isEqualTo("WAIT GO");
    }
  }

  @Test
  void showsNetworkFiltersTheRawBytesOfHttp() throws Exception {
    proxy =
        new TestProxy(1)
            .networkFilter(NetworkFilterFactory.of(Shout::new))
            .cluster("up", service.getLocalPort())
            .route("/", "up")
            .start();
    try (var client = client()) {
      client.send("GET /quiet HTTP/1.1\r\nhost: a\r\n\r\n");
      try (var served = accept()) {
        assertThat(served.read(17)).isEqualTo("GET /LOUD HTTP/1.");
        served.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nquiet");
        client.endOutput();
        assertThat(client.readAll()).contains("200 OK").endsWith("LOUD!");
      }
    }
  }

  /// Replaces `quiet` in both directions.
  private record Shout(NetworkHandle connection) implements NetworkFilter {
    @Override
    public NetworkStatus onData(BodyBuffer data, boolean end) {
      return replace(data, "LOUD");
    }

    @Override
    public NetworkStatus onWrite(BodyBuffer data, boolean end) {
      return replace(data, "LOUD!");
    }

    private static NetworkStatus replace(BodyBuffer data, String with) {
      var bytes = new byte[data.length()];
      data.getBytes(0, bytes.length, bytes, 0);
      var latin = ISO_8859_1;
      var changed = new String(bytes, latin).replace("quiet", with).getBytes(latin);
      data.replace(0, data.length(), changed, 0, changed.length);
      return NetworkStatus.CONTINUE;
    }
  }
}
