package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Statistics on their way to a collector.
@Timeout(60)
class StatSinksIT {
  private static final String ANSWER =
      "{ match: { prefix: / }, direct_response: { status: 200, body: { inline_string: x } } }";

  private DatagramSocket collector;

  @BeforeEach
  void listen() throws IOException {
    collector = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    collector.setReceiveBufferSize(1 << 20);
    collector.setSoTimeout(20_000);
  }

  @AfterEach
  void hangUp() {
    collector.close();
  }

  private String yaml(String flush, String type, String more) {
    return """
    %s
    stats_sinks:
    - name: collector
      typed_config:
        "@type": type.googleapis.com/%s
        address: { socket_address: { address: 127.0.0.1, port_value: %d } }
        %s
    """
            .formatted(flush, type, collector.getLocalPort(), more)
        + TestBootstrap.create().route(ANSWER).yaml();
  }

  private String receive() throws IOException {
    var packet = new DatagramPacket(new byte[65_536], 65_536);
    collector.receive(packet);
    return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
  }

  /// Everything up to the datagram that was waited for, which is the last.
  private List<String> receiveUntil(Predicate<String> last) throws IOException {
    var all = new ArrayList<String>();
    try {
      do {
        all.add(receive());
      } while (!last.test(all.getLast()));
    } catch (SocketTimeoutException _) {
      throw new AssertionError("waited in vain; came: " + all);
    }
    return all;
  }

  @Test
  void sendsWhatCameWhenTheAdminInterfaceIsAsked() throws IOException {
    var yaml =
        yaml("stats_flush_on_admin: true", "envoy.config.metrics.v3.StatsdSink", "prefix: p");
    try (var server = TestServer.start(yaml, 1)) {
      server.get("/");
      // A value of a histogram does not wait for anything.
      receiveUntil(line -> line.matches("p\\.http\\.test\\.downstream_rq_time:\\d+\\|ms"));
      server.get("/");
      receiveUntil(line -> line.matches("p\\.http\\.test\\.downstream_rq_time:\\d+\\|ms"));

      server.admin("/stats");
      var first = receiveUntil("p.server.live:1|g"::equals);
      assertThat(first).contains("p.http.test.downstream_rq_2xx:2|c");

      server.get("/");
      server.admin("/stats/prometheus");
      var second = receiveUntil("p.server.live:1|g"::equals);
      assertThat(second).contains("p.http.test.downstream_rq_2xx:1|c");
    }
  }

  @Test
  void sendsSeveralLinesAtOnceAtEveryInterval() throws IOException {
    var yaml =
        yaml(
            "stats_flush_interval: 0.1s",
            "envoy.config.metrics.v3.DogStatsdSink",
            "max_bytes_per_datagram: 1400");
    try (var server = TestServer.start(yaml, 1)) {
      server.get("/");

      var all =
          receiveUntil(
              text ->
                  text.contains(
                      "envoy.http.downstream_rq_xx:1|c|#envoy.response_code_class:2,"
                          + "envoy.http_conn_manager_prefix:test"));

      assertThat(all.getLast()).contains("\n");
      assertThat(all).allSatisfy(text -> assertThat(text.length()).isLessThanOrEqualTo(1400));
      receiveUntil(text -> text.contains("envoy.http.downstream_rq_xx:0|c"));
    }
  }

  @Test
  void sendsAtTheEndWhatTheLastIntervalDidNot() throws IOException {
    var yaml = yaml("stats_flush_interval: 200s", "envoy.config.metrics.v3.StatsdSink", "");
    try (var server = TestServer.start(yaml, 1)) {
      server.get("/");
    }

    receiveUntil("envoy.http.test.downstream_rq_2xx:1|c"::equals);
  }

  @Test
  void doesNotMindThatNobodyListens() throws IOException {
    var yaml = yaml("stats_flush_on_admin: true", "envoy.config.metrics.v3.StatsdSink", "");
    hangUp();
    try (var server = TestServer.start(yaml, 1)) {
      for (var i = 0; i < 3; i++) {
        assertThat(server.get("/").status()).isEqualTo("HTTP/1.1 200 OK");
        assertThat(server.admin("/stats").status()).isEqualTo("HTTP/1.1 200 OK");
      }
    }
  }
}
