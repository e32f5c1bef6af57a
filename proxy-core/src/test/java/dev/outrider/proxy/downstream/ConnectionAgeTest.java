package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.config.HttpTimeouts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The longest life of a connection, with time standing still.
class ConnectionAgeTest {
  private static final String GET = "GET /a HTTP/1.1\nhost: h\n\n";
  private static final String OK = "HTTP/1.1 200 OK\ncontent-length: 2\n\nok";

  private final MemoryProxy proxy = new MemoryProxy();

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  /// Ten seconds, then five for the last request, then one for the client to close.
  private MemoryProxy.Peer client(boolean http1EndsWithResponse) {
    proxy.timeouts =
        new HttpTimeouts(0, 0, 0, 0, 0, 1_000, 5_000, 0, 10_000, http1EndsWithResponse);
    return proxy.configured().client();
  }

  private long reached() {
    return proxy.stat("http.test.downstream_cx_max_duration_reached");
  }

  @Test
  void anIdleConnectionIsClosedWhenItsTimeForALastRequestIsOver() {
    var client = client(false).send(GET);
    proxy.upstream().send(OK);
    assertThat(client.received()).doesNotContain("connection: close");

    proxy.advance(10_200);
    assertThat(reached()).isOne();
    assertThat(client.open()).isTrue();
    proxy.advance(5_200);
    assertThat(client.open()).isTrue();
    proxy.advance(1_200);

    assertThat(client.open()).isFalse();
    assertThat(proxy.log).hasSize(1);
  }

  @Test
  void theNextResponseIsTheLast() {
    var client = client(false).send(GET);
    proxy.upstream().send(OK);
    client.received();
    proxy.advance(10_200);

    client.send(GET);
    proxy.upstream().send(OK);

    assertThat(client.received()).contains("\nconnection: close\n");
  }

  @Test
  void aResponseUnderWayEndsWithTheConnection() {
    var client = client(false);
    proxy.advance(9_000);
    client.send(GET);
    proxy.upstream().send("HTTP/1.1 200 OK\ncontent-length: 4\n\nok");
    proxy.advance(1_200);
    proxy.advance(5_200);
    assertThat(client.open()).isTrue();

    proxy.upstream().send("ay");
    assertThat(client.received()).doesNotContain("connection: close").endsWith("okay");
    proxy.advance(1_200);

    assertThat(client.open()).isFalse();
    assertThat(proxy.log).containsExactly("200 - via_upstream");
  }

  @Test
  void aSafeConnectionWaitsForItsLastRequest() {
    var client = client(true).send(GET);
    proxy.upstream().send(OK);
    client.received();
    proxy.advance(60_000);
    assertThat(client.open()).isTrue();
    assertThat(proxy.stat("http.test.downstream_cx_http1_soft_drain")).isOne();

    client.send(GET);
    proxy.upstream().send(OK);

    assertThat(client.received()).contains("\nconnection: close\n");
    assertThat(reached()).isOne();
    proxy.advance(1_200);
    assertThat(client.open()).isFalse();
    assertThat(proxy.stat("http.test.downstream_cx_http1_soft_drain")).isZero();
  }

  @Test
  void aConnectionThatNeverSpokeIsClosed() {
    var client = client(false);

    proxy.advance(10_200);

    assertThat(client.open()).isFalse();
    assertThat(reached()).isOne();
  }
}
