package dev.outrider.proxy.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.CircuitBreakers;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import dev.outrider.proxy.cluster.UpstreamHttpOptions;
import dev.outrider.proxy.cluster.UpstreamHttpOptions.Limits;
import dev.outrider.proxy.http.Http1Options;
import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.http.HttpVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Circuit breakers count over all workers: limits smaller than the number of workers.
class BreakerIT {
  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void noMoreRequestsAreUnderWayThanTheClusterAllows(int workers) throws Exception {
    try (var upstream = new ScriptedUpstream();
        var proxy = new TestProxy(workers)) {
      proxy.cluster(limited(new CircuitBreakers.Thresholds(100, 100, 2, 3)), upstream.port());
      proxy.route("/", "tight").start();
      var clients = new ArrayList<RawClient>();
      for (var i = 0; i < 20; i++) {
        clients.add(proxy.client().get("/hang"));
      }

      for (var deadline = System.nanoTime() + 10_000_000_000L;
          proxy.stat("http.test.downstream_rq_5xx") < 18 && System.nanoTime() < deadline; ) {
        Thread.onSpinWait();
      }

      assertThat(proxy.stat("http.test.downstream_rq_5xx")).isEqualTo(18);
      assertThat(proxy.stat("cluster.tight.upstream_rq_active")).isEqualTo(2);
      assertThat(proxy.stat("cluster.tight.circuit_breakers.default.rq_open")).isEqualTo(1);
      for (var client : clients) {
        client.close();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void requestsWaitForAConnectionWhenThereMayBeNoMore(int workers) throws Exception {
    try (var upstream = new ScriptedUpstream();
        var proxy = new TestProxy(workers)) {
      proxy.cluster(limited(new CircuitBreakers.Thresholds(1, 100, 100, 3)), upstream.port());
      proxy.route("/", "tight").start();
      var clients = new ArrayList<RawClient>();
      for (var i = 0; i < 12; i++) {
        clients.add(proxy.client().get("/echo"));
      }

      for (var client : clients) {
        assertThat(client.read().code()).isEqualTo(200);
        client.close();
      }

      // each worker may have its first connection, whatever the limit says
      assertThat(upstream.connections.get()).isLessThanOrEqualTo(workers);
      assertThat(proxy.stat("cluster.tight.upstream_rq_pending_active")).isZero();
    }
  }

  /// Each worker may have its first connection, whatever the limit says.
  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void anEndpointHasNoMoreConnectionsThanOneMayHave(int workers) throws Exception {
    try (var upstream = new ScriptedUpstream();
        var proxy = new TestProxy(workers)) {
      var usual = CircuitBreakers.Thresholds.DEFAULT;
      var perHost = new CircuitBreakers.PerHost(2, Integer.MAX_VALUE);
      var cluster =
          limited(usual).toBuilder().breakers(new CircuitBreakers(usual, usual, perHost)).build();
      proxy.cluster(cluster, upstream.port());
      proxy.route("/", "tight").start();

      var clients = hang(proxy, 12);
      await(() -> active(proxy) + waiting(proxy) == 12);

      assertThat(active(proxy)).isBetween(1L, workers + 1L);
      assertThat(proxy.stat("cluster.tight.upstream_cx_total")).isBetween(1L, workers + 1L);
      assertThat(proxy.stat("cluster.tight.upstream_cx_overflow")).isPositive();
      assertThat(proxy.stat("cluster.tight.circuit_breakers.default.cx_open")).isZero();
      close(clients);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void noMoreStreamsAreUnderWayThanTheClusterAllowsRequests(int workers) throws Exception {
    try (var upstream = new ScriptedUpstream();
        var relay = relayTo(upstream);
        var proxy = new TestProxy(workers)) {
      proxy.cluster(limited(thresholds(100, 100, 2), 100, 0), relay.port());
      proxy.route("/", "tight").start();
      var clients = hang(proxy, 20);

      await(() -> stat(proxy, "http.test.downstream_rq_5xx") >= 18);

      assertThat(proxy.stat("http.test.downstream_rq_5xx")).isEqualTo(18);
      assertThat(proxy.stat("cluster.tight.upstream_rq_active")).isEqualTo(2);
      assertThat(proxy.stat("cluster.tight.circuit_breakers.default.rq_open")).isEqualTo(1);
      assertThat(proxy.stat("cluster.tight.upstream_rq_active_overflow")).isEqualTo(18);
      assertThat(proxy.stat("cluster.tight.upstream_rq_pending_overflow")).isZero();
      assertThat(proxy.stat("cluster.tight.upstream_cx_total")).isLessThanOrEqualTo(workers);
      close(clients);
      await(() -> stat(proxy, "cluster.tight.upstream_rq_active") == 0);
      assertThat(proxy.stat("cluster.tight.circuit_breakers.default.rq_open")).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void requestsWaitForAStreamWhenThereMayBeNoMoreConnections(int workers) throws Exception {
    try (var upstream = new ScriptedUpstream();
        var relay = relayTo(upstream);
        var proxy = new TestProxy(workers)) {
      proxy.cluster(limited(thresholds(1, 100, 100), 1, 0), relay.port());
      proxy.route("/", "tight").start();

      assertAllServed(proxy, 12);

      assertThat(proxy.stat("cluster.tight.upstream_cx_total")).isLessThanOrEqualTo(workers);
      assertThat(proxy.stat("cluster.tight.upstream_rq_pending_active")).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void fewWaitForAStreamWhereFewMayWait(int workers) throws Exception {
    try (var upstream = new ScriptedUpstream();
        var relay = relayTo(upstream);
        var proxy = new TestProxy(workers)) {
      proxy.cluster(limited(thresholds(1, 1, 100), 1, 0), relay.port());
      proxy.route("/", "tight").start();
      var clients = hang(proxy, 20);

      await(() -> refused(proxy) + active(proxy) + waiting(proxy) == 20);

      assertThat(active(proxy)).isBetween(1L, (long) workers);
      assertThat(waiting(proxy)).isLessThanOrEqualTo(1);
      assertThat(proxy.stat("cluster.tight.upstream_rq_pending_overflow"))
          .isEqualTo(refused(proxy));
      close(clients);
      await(() -> stat(proxy, "http.test.downstream_cx_active") == 0);
      assertThat(active(proxy) + waiting(proxy)).isZero();
      assertThat(proxy.stat("cluster.tight.circuit_breakers.default.rq_pending_open")).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void aConnectionThatHasServedItsLastRequestMakesRoomForTheNext(int workers) throws Exception {
    try (var upstream = new ScriptedUpstream();
        var relay = relayTo(upstream);
        var proxy = new TestProxy(workers)) {
      proxy.cluster(limited(thresholds(1, 100, 100), 100, 1), relay.port());
      proxy.route("/", "tight").start();

      assertAllServed(proxy, 12);

      await(() -> stat(proxy, "cluster.tight.upstream_cx_active") == 0);
      assertThat(proxy.stat("cluster.tight.upstream_cx_total")).isEqualTo(12);
      assertThat(proxy.stat("cluster.tight.upstream_cx_max_requests")).isEqualTo(12);
      assertThat(proxy.stat("cluster.tight.circuit_breakers.default.cx_open")).isZero();
    }
  }

  /// Speaks HTTP/2 where the service speaks only HTTP/1.
  private static TestProxy relayTo(ScriptedUpstream upstream) throws Exception {
    return new TestProxy(1).cluster("svc", upstream.port()).route("/", "svc").start();
  }

  private static List<RawClient> hang(TestProxy proxy, int count) throws Exception {
    var clients = new ArrayList<RawClient>();
    for (var i = 0; i < count; i++) {
      clients.add(proxy.client().get("/hang"));
    }
    return clients;
  }

  private static void close(List<RawClient> clients) throws Exception {
    for (var client : clients) {
      client.close();
    }
  }

  private static void assertAllServed(TestProxy proxy, int count) throws Exception {
    var clients = new ArrayList<RawClient>();
    for (var i = 0; i < count; i++) {
      clients.add(proxy.client().get("/echo"));
    }
    for (var client : clients) {
      assertThat(client.read().code()).isEqualTo(200);
      client.close();
    }
  }

  /// Asks until the answer is yes. What is asked may move on, so the yes is not asked for again.
  private static void await(BooleanSupplier condition) {
    var deadline = System.nanoTime() + 20_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private static long refused(TestProxy proxy) {
    return stat(proxy, "http.test.downstream_rq_5xx");
  }

  private static long active(TestProxy proxy) {
    return stat(proxy, "cluster.tight.upstream_rq_active");
  }

  private static long waiting(TestProxy proxy) {
    return stat(proxy, "cluster.tight.upstream_rq_pending_active");
  }

  private static long stat(TestProxy proxy, String name) {
    return proxy.stat(name);
  }

  private static CircuitBreakers.Thresholds thresholds(int connections, int pending, int requests) {
    return new CircuitBreakers.Thresholds(connections, pending, requests, 3);
  }

  private static Cluster limited(CircuitBreakers.Thresholds limits) {
    return limited(limits, UpstreamHttpOptions.DEFAULT);
  }

  /// Over HTTP/2.
  ///
  /// @param streams at once on one connection
  /// @param requests in the life of one connection; 0 = no limit
  private static Cluster limited(CircuitBreakers.Thresholds limits, int streams, int requests) {
    var http2 = Http2Options.DEFAULT;
    var options =
        new Http2Options(
            http2.hpackTableSize(),
            streams,
            http2.streamWindow(),
            http2.connectionWindow(),
            http2.outboundFrames(),
            http2.outboundControlFrames(),
            http2.emptyFrames(),
            http2.priorityFramesPerStream(),
            http2.windowUpdatesPerDataFrame(),
            http2.headerFieldBytes(),
            http2.allowConnect(),
            http2.streamErrorOnInvalidMessage(),
            http2.keepalive());
    return limited(
        limits,
        new UpstreamHttpOptions(
            HttpVersion.HTTP2,
            false,
            Http1Options.DEFAULT,
            options,
            new Limits(requests, Duration.ofHours(1), 100, 0)));
  }

  private static Cluster limited(CircuitBreakers.Thresholds limits, UpstreamHttpOptions http) {
    var plain =
        Cluster.withDefaults("tight", new Discovery.Static(new Assignment("tight", List.of())));
    return plain.toBuilder().breakers(new CircuitBreakers(limits, limits)).http(http).build();
  }
}
