package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.config.HttpTimeouts;
import dev.outrider.proxy.http2.FrameBytes;
import dev.outrider.proxy.metrics.Counter;
import dev.outrider.proxy.metrics.MetricRegistry;
import dev.outrider.proxy.overload.LoadShedPoint;
import dev.outrider.proxy.overload.OverloadState;
import dev.outrider.proxy.overload.ScaledTimeout;
import dev.outrider.proxy.overload.TimeoutScaling;
import dev.outrider.proxy.overload.TimeoutScaling.Least;
import dev.outrider.proxy.routing.RouteAction;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What clients see of a proxy that is overloaded; as Envoy 1.40 has answered.
class OverloadTest {
  private static final String GET = "GET / HTTP/1.1\nhost: a\n\n";
  private static final int TRIES = 200;

  private final MemoryProxy proxy = new MemoryProxy();

  @BeforeEach
  void answerDirectly() {
    proxy.action = new RouteAction.DirectResponse(200, "ok");
    proxy.configured();
  }

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  private void overloaded(double stopRequests, double endKeepAlive, double rejectConnections) {
    proxy.overload.take(new OverloadState(stopRequests, endKeepAlive, rejectConnections, 0));
  }

  @Test
  void answersRequestsAtOnce() {
    overloaded(1, 0, 0);
    var client = proxy.client();

    var answer = client.send(GET).received();

    assertThat(answer)
        .startsWith("HTTP/1.1 503 Service Unavailable\n")
        .endsWith("\n\nenvoy overloaded")
        .doesNotContain("connection: close");
    assertThat(proxy.log).containsExactly("503 - overload");
    assertThat(proxy.stat("http.test.downstream_rq_overload_close")).isEqualTo(1);
    overloaded(0, 0, 0);
    assertThat(client.send(GET).received()).startsWith("HTTP/1.1 200 OK\n");
  }

  @Test
  void answersRequestsThatWouldBeRefusedAnyway() {
    overloaded(1, 0, 0);

    assertThat(proxy.client().send("GET / HTTP/1.1\n\n").received())
        .startsWith("HTTP/1.1 503 Service Unavailable\n");
  }

  @Test
  void answersStreamsOfHttp2() {
    overloaded(1, 0, 0);
    var client = Http2Peer.connected(proxy);

    client.get(1);

    assertThat(client.received()).containsExactly("HEADERS 1 503", "DATA 1 envoy overloaded end");
  }

  @Test
  void stopsAShareOfTheRequests() {
    overloaded(0.5, 0, 0);
    var client = proxy.client();
    for (var i = 0; i < TRIES; i++) {
      client.send(GET).received();
    }

    assertThat(proxy.stat("http.test.downstream_rq_overload_close")).isBetween(60L, 140L);
  }

  @Test
  void endsConnectionsWithTheirResponses() {
    var old = proxy.client();
    assertThat(old.send(GET).received()).doesNotContain("connection: close");
    overloaded(0, 1, 0);

    assertThat(old.send(GET).received()).contains("\nconnection: close\n");
    var second = Http2Peer.connected(proxy);
    second.get(1);
    assertThat(second.received()).anyMatch(frame -> frame.startsWith("GOAWAY"));

    assertThat(proxy.stat("http.test.downstream_cx_overload_disable_keepalive")).isEqualTo(2);
    assertThat(proxy.stat("http.test.downstream_cx_drain_close")).isEqualTo(2);
  }

  private void impatient() {
    var least =
        Map.<ScaledTimeout, Least>of(
            ScaledTimeout.HTTP_DOWNSTREAM_STREAM_IDLE, new Least.Millis(1_000));
    proxy.overload.take(new OverloadState(0, 0, 0, 0, new TimeoutScaling(1, least), Map.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET / HTTP/1.1\nhost", "PRI * HTTP"}) // known, and yet to be known
  void waitsForHalfAHeadAsForAStream(String half) {
    proxy.timeouts = new HttpTimeouts(9_000, 0, 0, 0, 0, 0);
    proxy.configured();
    impatient();
    var client = proxy.client().send(half);

    proxy.advance(800);
    assertThat(client.open()).isTrue();
    proxy.advance(300);

    assertThat(client.open()).isFalse();
  }

  @Test
  void waitsForHalfAHeadOfHttp2AsForAStream() {
    proxy.timeouts = new HttpTimeouts(9_000, 0, 0, 0, 0, 0);
    proxy.configured();
    impatient();
    var client = Http2Peer.connected(proxy);
    client.send(client.frames().frame(FrameBytes.HEADERS, 0, 1, Http2Peer.request("GET")));

    proxy.advance(1_100);

    assertThat(client.received()).containsExactly("GOAWAY 0 PROTOCOL_ERROR");
  }

  private Counter shedding(LoadShedPoint point) {
    var count = new MetricRegistry(1).counter("shed");
    proxy.overload.take(
        new OverloadState(
            0, 0, 0, 0, TimeoutScaling.NONE, Map.of(point, new OverloadState.Shed(1, count))));
    return count;
  }

  @Test
  void shedsConnections() {
    var count = shedding(LoadShedPoint.TCP_LISTENER_ACCEPT);

    assertThat(proxy.client().open()).isFalse();
    assertThat(proxy.stat("listener.l.downstream_cx_overload_reject")).isEqualTo(1);
    assertThat(count.value()).isEqualTo(1);
  }

  @Test
  void shedsConnectionsWithTheirFirstBytes() {
    var count = shedding(LoadShedPoint.HCM_ONDATA_CREATING_CODEC);
    var client = proxy.client();
    assertThat(client.open()).isTrue();

    client.send(GET);

    assertThat(client.open()).isFalse();
    assertThat(client.received()).isEmpty();
    assertThat(proxy.stat("http.test.downstream_rq_overload_close")).isEqualTo(1);
    assertThat(count.value()).isEqualTo(1);
  }

  @Test
  void shedsRequests() {
    var count = shedding(LoadShedPoint.HTTP_CONNECTION_MANAGER_DECODE_HEADERS);

    assertThat(proxy.client().send(GET).received())
        .startsWith("HTTP/1.1 503 Service Unavailable\n")
        .endsWith("\n\nenvoy overloaded");
    assertThat(proxy.log).containsExactly("503 - overload");
    assertThat(count.value()).isEqualTo(1);
  }

  @Test
  void abortsRequestsOfHttp1() {
    var count = shedding(LoadShedPoint.HTTP1_SERVER_ABORT_DISPATCH);

    assertThat(proxy.client().send(GET).received())
        .startsWith("HTTP/1.1 500 Internal Server Error\n")
        .contains("\nconnection: close\n")
        .endsWith("\n\nInternal Server Error");
    assertThat(proxy.log).containsExactly("500 DPE overload");
    assertThat(proxy.stat("http.test.downstream_rq_overload_close")).isEqualTo(1);
    assertThat(count.value()).isEqualTo(1);
  }

  @Test
  void sendsConnectionsAway() {
    shedding(LoadShedPoint.HTTP2_SERVER_GO_AWAY_ON_DISPATCH);

    assertThat(proxy.client().send(GET).received()).contains("\nconnection: close\n");
    var second = Http2Peer.connected(proxy);
    second.get(1);
    assertThat(second.received()).anyMatch(frame -> frame.startsWith("GOAWAY"));
    assertThat(proxy.stat("http.test.downstream_cx_drain_close")).isZero();
  }

  @Test
  void rejectsConnections() {
    overloaded(0, 0, 1);

    assertThat(proxy.client().open()).isFalse();
    assertThat(proxy.stat("listener.l.downstream_cx_overload_reject")).isEqualTo(1);

    overloaded(0, 0, 0);
    assertThat(proxy.client().open()).isTrue();
  }

  @Test
  void aRejectedConnectionTakesNoRoomOfTheOthers() {
    proxy.connections = new ConnectionBudget(1);
    proxy.configured();
    overloaded(0, 0, 1);
    assertThat(proxy.client().open()).isFalse();
    overloaded(0, 0, 0);

    assertThat(proxy.client().open()).isTrue();
    assertThat(proxy.client().open()).isFalse();
  }
}
