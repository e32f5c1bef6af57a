package dev.outrider.proxy.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Assignment;
import dev.outrider.proxy.cluster.CircuitBreakers;
import dev.outrider.proxy.cluster.Cluster;
import dev.outrider.proxy.cluster.Discovery;
import java.util.ArrayList;
import java.util.List;
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

  private static Cluster limited(CircuitBreakers.Thresholds limits) {
    var plain =
        Cluster.withDefaults("tight", new Discovery.Static(new Assignment("tight", List.of())));
    return new Cluster(
        plain.name(),
        plain.statName(),
        plain.discovery(),
        plain.lbPolicy(),
        plain.connectTimeout(),
        plain.perConnectionBufferLimitBytes(),
        new CircuitBreakers(limits, limits),
        plain.http(),
        plain.healthyPanicPercent(),
        false);
  }
}
