package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.cluster.Metadata;
import dev.outrider.proxy.config.DrainOptions;
import dev.outrider.proxy.config.DrainOptions.Strategy;
import dev.outrider.proxy.config.DrainScope;
import dev.outrider.proxy.config.DrainType;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.stream.ListenerInfo;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Which responses are the last of their connection.
class DrainTest {
  private static final String GET = "GET / HTTP/1.1\nhost: h\n\n";
  private static final int INBOUND = 1;

  private final MemoryProxy proxy = new MemoryProxy();

  DrainTest() {
    proxy.action = new RouteAction.DirectResponse(200, "ok");
    proxy.configured();
  }

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  private boolean closes(MemoryProxy.Peer client) {
    return client.send(GET).received().contains("\nconnection: close\n");
  }

  @Test
  void aFailedHealthCheckEndsConnectionsUntilItIsTakenBack() {
    var old = proxy.client();
    assertThat(closes(old)).isFalse();

    proxy.drain.healthCheckFailed(true);

    assertThat(closes(old)).isTrue();
    assertThat(closes(proxy.client())).isTrue();
    assertThat(proxy.stat("http.test.downstream_cx_drain_close")).isEqualTo(2);
    proxy.drain.healthCheckFailed(false);
    assertThat(closes(proxy.client())).isFalse();
  }

  @Test
  void aListenerThatDrainsOnModificationOnlyDoesNotLookAtTheHealthCheck() {
    proxy.drainType = DrainType.MODIFY_ONLY;
    var client = proxy.configured().client();
    proxy.drain.healthCheckFailed(true);
    assertThat(closes(client)).isFalse();

    proxy.listener.update(proxy.config());

    assertThat(closes(client)).isTrue();
  }

  @Test
  void aListenerThatDrainsOnModificationOnlyDrainsWithAllListeners() {
    proxy.drainType = DrainType.MODIFY_ONLY;
    var client = proxy.configured().client();

    proxy.drain.begin(DrainScope.ALL);

    assertThat(closes(client)).isTrue();
  }

  @Test
  void aDrainOfInboundListenersLeavesTheOthersAlone() {
    var client = proxy.client();
    proxy.drain.begin(DrainScope.INBOUND_ONLY);
    assertThat(closes(client)).isFalse();

    proxy.listenerInfo = new ListenerInfo(INBOUND, Metadata.NONE);

    assertThat(closes(proxy.configured().client())).isTrue();
  }

  @Test
  void aStoppedListenerEndsNoConnectionByForce() {
    var busy = proxy.client();
    var idle = proxy.client();

    proxy.listener.stop();
    assertThat(closes(busy)).isTrue();
    proxy.advance(60_000);

    assertThat(idle.open()).isTrue();
    assertThat(closes(idle)).isTrue();
  }

  @Test
  void aFailedHealthCheckTellsHttp2ConnectionsWhenTheyAnswer() {
    var idle = Http2Peer.connected(proxy);
    var busy = Http2Peer.connected(proxy);

    proxy.drain.healthCheckFailed(true);
    busy.get(1);

    assertThat(busy.received())
        .containsExactly("GOAWAY 2147483647 NO_ERROR", "HEADERS 1 200", "DATA 1 ok end");
    assertThat(idle.received()).isEmpty();
    proxy.advance(5_100);
    assertThat(busy.received()).containsExactly("GOAWAY 1 NO_ERROR");
    assertThat(busy.open()).isTrue(); // it is the client's turn to close
    proxy.advance(1_100);
    assertThat(busy.open()).isFalse();
    assertThat(idle.open()).isTrue();
  }

  @Test
  void aGradualDrainEndsMoreConnectionsTheLongerItLasts() {
    var drain = new DrainSequence(new DrainOptions(Duration.ofSeconds(100), Strategy.GRADUAL), 0);

    assertThat(endsOfThousand(drain, 0)).isZero();
    assertThat(endsOfThousand(drain, 25)).isBetween(200, 300);
    assertThat(endsOfThousand(drain, 75)).isBetween(700, 800);
    assertThat(endsOfThousand(drain, 100)).isEqualTo(1000);
    assertThat(endsOfThousand(drain, 1000)).isEqualTo(1000);
  }

  private static int endsOfThousand(DrainSequence drain, int afterSeconds) {
    var random = new SplittableRandom(7);
    var ends = 0;
    for (var i = 0; i < 1000; i++) {
      ends += drain.endsNow(Duration.ofSeconds(afterSeconds).toNanos(), random) ? 1 : 0;
    }
    return ends;
  }

  @Test
  void aDrainWithoutTimeEndsEverything() {
    var drain = new DrainSequence(new DrainOptions(Duration.ZERO, Strategy.GRADUAL), 0);

    assertThat(endsOfThousand(drain, 0)).isEqualTo(1000);
  }
}
