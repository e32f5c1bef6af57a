package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.downstream.MemoryProxy.Peer;
import dev.outrider.proxy.routing.ClusterChoice;
import dev.outrider.proxy.routing.MirrorPolicy;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteTimeouts;
import dev.outrider.proxy.runtime.KeyedShare;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Requests that go to a second cluster as well, with time standing still.
class MirrorTest {
  private static final String OK = "HTTP/1.1 200 OK\ncontent-length: 2\n\nok";

  private final MemoryProxy proxy = new MemoryProxy().cluster("mirror", "10.0.0.7");

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  private void route(MirrorPolicy... policies) {
    proxy.action =
        RouteAction.Forward.builder(new ClusterChoice.Single("svc"))
            .mirrors(List.of(policies))
            .timeouts(new RouteTimeouts(Duration.ofSeconds(5), null))
            .build();
    proxy.configured();
  }

  private Peer at(String address) {
    return proxy.upstreams.get(proxy.connectedTo.lastIndexOf(address));
  }

  private Peer mirror() {
    return at("10.0.0.7");
  }

  private Peer service() {
    return at("10.0.0.1");
  }

  @Test
  void theMirrorGetsTheRequestAndNobodyItsAnswer() {
    route(MirrorPolicy.to("mirror"));
    var client = proxy.client().send("GET /a HTTP/1.1\nhost: h.test:80\n\n");

    assertThat(mirror().received())
        .startsWith("GET /a HTTP/1.1\nhost: h.test-shadow:80\n")
        .contains("x-envoy-internal: true\n");
    assertThat(service().received()).startsWith("GET /a HTTP/1.1\nhost: h.test:80\n");
    mirror().send("HTTP/1.1 500 No\ncontent-length: 4\n\nnope");
    assertThat(client.received()).isEmpty();
    service().send(OK);

    assertThat(client.received()).endsWith("\n\nok");
    assertThat(proxy.log).containsExactly("200 - via_upstream");
    assertThat(proxy.stat("cluster.mirror.upstream_rq_500")).isOne();
  }

  @Test
  void theMirrorAnswersAfterAllIsOver() {
    route(MirrorPolicy.to("mirror"));
    var client = proxy.client().send("POST /a HTTP/1.1\nhost: h\ncontent-length: 3\n\nabc");
    assertThat(mirror().received()).endsWith("\n\nabc");
    service().send(OK);
    assertThat(client.received()).endsWith("ok");
    client.close();

    mirror().send(OK);

    assertThat(mirror().open()).isTrue();
    assertThat(proxy.stat("cluster.mirror.upstream_rq_200")).isOne();
  }

  @Test
  void aMirrorThatDoesNotAnswerIsGivenUp() {
    route(MirrorPolicy.to("mirror"));
    proxy.client().send("GET /a HTTP/1.1\nhost: h\n\n");
    service().send(OK);

    proxy.advance(5_100);

    assertThat(mirror().open()).isFalse();
    assertThat(proxy.stat("cluster.mirror.upstream_rq_timeout")).isOne();
    assertThat(proxy.stat("cluster.mirror.upstream_rq_504")).isOne();
  }

  @Test
  void aMirrorThatFailsHarmsNobody() {
    route(MirrorPolicy.to("mirror"), MirrorPolicy.to("gone"));
    var client = proxy.client().send("POST /a HTTP/1.1\nhost: h\ncontent-length: 6\n\nabc");
    mirror().close();
    client.send("def");
    assertThat(service().received()).endsWith("\n\nabcdef");
    service().send(OK);

    assertThat(client.received()).endsWith("ok");
    assertThat(proxy.stat("cluster.mirror.upstream_rq_503")).isOne();
  }

  @Test
  void aMirrorThatIsSlowIsGivenUp() {
    proxy.bufferLimit = 10;
    route(MirrorPolicy.to("mirror"));
    var client = proxy.client().send("POST /a HTTP/1.1\nhost: h\ncontent-length: 40\n\nabc");
    mirror().writable(false);
    client.send("0123456789");
    assertThat(mirror().open()).isTrue();
    client.send("0123456789");

    assertThat(mirror().open()).isFalse();
    assertThat(service().received()).endsWith("abc01234567890123456789");
    client.send("01234567890123456");
    service().send(OK);
    assertThat(client.received()).endsWith("ok");
  }

  @Test
  void aRequestThatIsNotCompletedIsNotAtTheMirrorEither() {
    route(MirrorPolicy.to("mirror"));
    var client = proxy.client().send("POST /a HTTP/1.1\nhost: h\ncontent-length: 40\n\nabc");

    client.close();

    assertThat(mirror().open()).isFalse();
    assertThat(service().open()).isFalse();
  }

  @Test
  void theMirrorGetsTrailers() {
    route(MirrorPolicy.to("mirror"));
    proxy
        .client()
        .send("POST /a HTTP/1.1\nhost: h\ntransfer-encoding: chunked\n\n3\nabc\n0\nx-t: 1\n\n");

    assertThat(mirror().received()).endsWith("\n\n3\nabc\n0\n\n");
    mirror().send(OK);
    service().send(OK);
  }

  @Test
  void onlySomeAreMirrored() {
    route(new MirrorPolicy("mirror", null, KeyedShare.of(50, 100), true, "", List.of()));
    for (var i = 0; i < 100; i++) {
      proxy.client().send("GET /a HTTP/1.1\nhost: h\n\n");
      service().send(OK);
    }

    assertThat(proxy.connectedTo.stream().filter("10.0.0.7"::equals).count()).isBetween(30L, 70L);
  }

  @Test
  void aTunnelIsNotMirrored() {
    route(MirrorPolicy.to("mirror"));
    proxy.client().send("GET /a HTTP/1.1\nhost: h\nconnection: upgrade\nupgrade: websocket\n\n");

    assertThat(proxy.connectedTo).doesNotContain("10.0.0.7");
  }
}
