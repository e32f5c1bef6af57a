package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.config.CodecType;
import dev.outrider.proxy.config.HttpLimits;
import dev.outrider.proxy.config.HttpTimeouts;
import dev.outrider.proxy.config.RequestOptions;
import dev.outrider.proxy.http.Http2Options.Keepalive;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.http.UnderscoreNames;
import dev.outrider.proxy.http2.FrameBytes;
import dev.outrider.proxy.routing.UpgradeRules;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Exchanges over HTTP/2 with time standing still: how they begin, run side by side and end, and
/// what the access log says about them.
class Http2ExchangeTest {
  private static final String OK = "HTTP/1.1 200 OK\ncontent-length: 2\n\nok";

  private final MemoryProxy proxy = new MemoryProxy();

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  @Test
  void aResponseEndsWithItsLastBytes() {
    var client = Http2Peer.connected(proxy).get(1);

    proxy.upstream().send(OK);

    assertThat(client.received()).containsExactly("HEADERS 1 200", "DATA 1 ok end");
    assertThat(proxy.log).containsExactly("200 - via_upstream");
    assertThat(proxy.stat("http.test.downstream_rq_http2_total")).isEqualTo(1);
    assertThat(proxy.stat("http.test.downstream_cx_http2_total")).isEqualTo(1);
  }

  @Test
  void theUpstreamSeesAnOrdinaryRequest() {
    var client = Http2Peer.connected(proxy).post(1, "x-a", "b", "cookie", "c=1", "cookie", "d=2");
    client.data(1, "hello", true);

    assertThat(proxy.upstream().received())
        .startsWith("POST /a HTTP/1.1\nhost: h\n")
        .contains("x-a: b\n", "cookie: c=1; d=2\n", "transfer-encoding: chunked\n")
        .endsWith("5\nhello\n0\n\n");
  }

  @Test
  void dataIsPassedOnBeforeItsFrameIsComplete() {
    var client = Http2Peer.connected(proxy).post(1);
    var frame = client.frames().frame(FrameBytes.DATA, 1, 1, (byte) 'a', (byte) 'b').take();

    client.send(Arrays.copyOf(frame, 10));
    assertThat(proxy.upstream().received()).endsWith("\n\n1\na\n");
    client.send(Arrays.copyOfRange(frame, 10, 11));

    assertThat(proxy.upstream().received()).isEqualTo("1\nb\n0\n\n");
  }

  @Test
  void theConnectionIsRecognisedInWhateverPiecesItComes() {
    var bytes =
        new FrameBytes()
            .preface()
            .settings()
            .head(1, false, Http2Peer.request("POST"), 3)
            .frame(FrameBytes.DATA, 0, 1, (byte) 'a')
            .frame(9 + 80, 0, 1, (byte) 1)
            .head(1, true, FrameBytes.block("x-end", "1"), 1)
            .take();
    for (var split = 1; split < bytes.length; split++) {
      var client = new Http2Peer(proxy);

      client.send(Arrays.copyOf(bytes, split));
      client.send(Arrays.copyOfRange(bytes, split, bytes.length));
      assertThat(proxy.upstream().received()).as("split at %d", split).contains("1\na\n0\n");
      proxy.upstream().send(OK);

      assertThat(client.received()).contains("HEADERS 1 200", "DATA 1 ok end");
      client.close();
    }
    assertThat(proxy.log).hasSize(bytes.length - 1).containsOnly("200 - via_upstream");
  }

  @Test
  void whatBeginsLikeThePrefaceMayStillBeAnOldRequest() {
    var client = proxy.client().send("PR");
    client.send("OPFIND /a HTTP/1.1\nhost: h\n\n");
    proxy.upstream().send(OK);

    assertThat(client.received()).startsWith("HTTP/1.1 200 OK\n");
    assertThat(proxy.stat("http.test.downstream_cx_http1_total")).isEqualTo(1);
  }

  @Test
  void halfAPrefaceIsNotWaitedForForEver() {
    proxy.timeouts = new HttpTimeouts(1_000, 0, 0, 0, 0, 0);
    var client = proxy.configured().client().send("PRI");

    proxy.advance(900);
    assertThat(client.open()).isTrue();
    proxy.advance(200);

    assertThat(client.open()).isFalse();
  }

  @Test
  void anOldRequestToAChainForTheNewVersionIsRefused() {
    proxy.codec = CodecType.HTTP2;
    var client = new Http2Peer(proxy.configured());

    client.send("GET / HTTP/1.1\r\nhost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

    assertThat(client.received()).containsExactly("GOAWAY 0 PROTOCOL_ERROR");
    assertThat(proxy.stat("http.test.downstream_cx_protocol_error")).isEqualTo(1);
  }

  @Test
  void streamsRunSideBySide() {
    var client = Http2Peer.connected(proxy).get(1).get(3);

    proxy.upstreams.get(1).send(OK);
    assertThat(client.received()).containsExactly("HEADERS 3 200", "DATA 3 ok end");
    proxy.upstreams.get(0).send(OK);

    assertThat(client.received()).containsExactly("HEADERS 1 200", "DATA 1 ok end");
  }

  @Test
  void aStreamThatIsResetDoesNotTouchTheOthers() {
    var client = Http2Peer.connected(proxy).get(1).get(3);

    client.send(client.frames().reset(1, 8));
    proxy.upstreams.get(1).send(OK);

    assertThat(client.received()).containsExactly("HEADERS 3 200", "DATA 3 ok end");
    assertThat(proxy.log).containsExactly("0 DR http2.remote_reset", "200 - via_upstream");
    assertThat(proxy.upstreams.get(0).open()).isFalse();
    assertThat(proxy.stat("http2.rx_reset")).isEqualTo(1);
  }

  @Test
  void aConnectionThatBreaksEndsAllItsStreams() {
    var client = Http2Peer.connected(proxy).get(1).get(3);

    client.close();

    assertThat(proxy.log)
        .containsExactly("0 DC downstream_remote_disconnect", "0 DC downstream_remote_disconnect");
    assertThat(proxy.stat("http.test.downstream_cx_destroy_remote_active_rq")).isEqualTo(1);
  }

  @Test
  void trailersPassInBothDirections() {
    var client = Http2Peer.connected(proxy).post(1);
    client.send(client.frames().head(1, true, FrameBytes.block("x-end", "1"), 1));
    proxy.upstream().send("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n2\nok\n0\n\n");

    assertThat(client.received()).containsExactly("HEADERS 1 200", "DATA 1 ok end");
    assertThat(proxy.stat("http2.trailers")).isEqualTo(1);
  }

  @Test
  void theRestOfARequestThatHasItsAnswerIsNotWanted() {
    var client = Http2Peer.connected(proxy).post(1);
    proxy.upstream().send(OK);

    assertThat(client.received())
        .containsExactly("HEADERS 1 200", "DATA 1 ok end", "RST 1 NO_ERROR");
    client.data(1, "late", false);
    client.send(client.frames().head(1, true, FrameBytes.block("x-end", "1"), 1));
    assertThat(client.received()).isEmpty();
    assertThat(client.open()).isTrue();
  }

  @Test
  void aResponseThatBreaksOffIsResetAndTheConnectionStays() {
    var client = Http2Peer.connected(proxy).get(1);
    proxy.upstream().send("HTTP/1.1 200 OK\ncontent-length: 9\n\nok");
    proxy.upstream().close();

    assertThat(client.received())
        .containsExactly("HEADERS 1 200", "DATA 1 ok", "RST 1 INTERNAL_ERROR");
    assertThat(client.open()).isTrue();
  }

  @Test
  void anAnswerToHeadHasNoBody() {
    var client = Http2Peer.connected(proxy);
    client.send(client.frames().head(1, true, Http2Peer.request("HEAD"), 1));
    proxy.upstream().send("HTTP/1.1 200 OK\ncontent-length: 9\n\n");

    assertThat(client.received()).containsExactly("HEADERS 1 200 end");
  }

  @Test
  void aClientThatExpectsItIsToldToGoOn() {
    var client = Http2Peer.connected(proxy).post(1, "expect", "100-continue");
    assertThat(client.received()).containsExactly("HEADERS 1 100");

    client.data(1, "body", true);
    proxy.upstream().send(OK);

    assertThat(proxy.upstream().received()).doesNotContain("expect:");
    assertThat(client.received()).containsExactly("HEADERS 1 200", "DATA 1 ok end");
  }

  /// Counted as a running Envoy 1.40 counts: frames with their heads, a block as one frame however
  /// many it came in, padding and resets included, windows and priorities not.
  @Test
  void anExchangeIsMeasuredOnTheWire() {
    proxy.speak(HttpVersion.HTTP2);
    var client = Http2Peer.connected(proxy);
    var head = Http2Peer.request("POST");
    var trailers = FrameBytes.block("x-t", "1");
    client.send(
        client
            .frames()
            .head(1, false, head, 2)
            .frame(FrameBytes.PRIORITY, 0, 1, new byte[5])
            .frame(FrameBytes.DATA, 8, 1, (byte) 1, (byte) 'a', (byte) 0)
            .windowUpdate(1, 1)
            .head(1, true, trailers, 1));
    var service = new Http2Origin(proxy);
    service.received();
    var answer =
        new FrameBytes()
            .head(1, false, FrameBytes.block(":status", "100"), 1)
            .head(1, false, FrameBytes.block(":status", "200", "x-a", "b"), 1)
            .frame(FrameBytes.DATA, 0, 1, (byte) 'o', (byte) 'k')
            .frame(FrameBytes.DATA, 1, 1)
            .take();
    service.send(answer);

    var received = Http2Peer.waiting(client.peer);
    var figures = proxy.infos.getFirst();
    var heads = 9 + head.length + 9 + trailers.length;
    assertThat(figures.headers().get(0)).isEqualTo(heads);
    assertThat(figures.wire().get(0)).isEqualTo(heads + 9 + 3);
    assertThat(figures.wire().get(1)).isEqualTo(received);
    assertThat(figures.headers().get(1)).isEqualTo(received - 9 - 2); // the end rides along
    assertThat(figures.wire().get(2)).isEqualTo(answer.length);
    assertThat(figures.headers().get(2)).isEqualTo(answer.length - 9 - 2 - 9);
    assertThat(figures.wire().get(3) - figures.headers().get(3)).isEqualTo(9 + 1);
    service.close();
  }

  @Test
  void aResetCountsOnTheWire() {
    proxy.speak(HttpVersion.HTTP2);
    var client = Http2Peer.connected(proxy).get(1);
    var service = new Http2Origin(proxy);
    service.send(new FrameBytes().reset(1, 7).take());
    client.post(3);
    client.send(client.frames().reset(3, 8));

    assertThat(proxy.infos.get(0).wire().get(2)).isEqualTo(13);
    assertThat(proxy.infos.get(0).headers().get(2)).isZero();
    assertThat(proxy.infos.get(1).wire().get(0))
        .isEqualTo(9 + Http2Peer.request("POST").length + 13);
    service.close();
  }

  @Test
  void anExchangeIsLoggedWhenItsResponseHasLeft() {
    var client = new Http2Peer(proxy);
    client.send(client.frames().preface().settings(4, 1));
    client.get(1);
    proxy.upstream().send(OK);
    assertThat(client.received()).containsExactly("HEADERS 1 200", "DATA 1 o");
    assertThat(proxy.log).isEmpty();

    client.send(client.frames().windowUpdate(1, 1));

    assertThat(client.received()).containsExactly("DATA 1 k end");
    assertThat(proxy.log).containsExactly("200 - via_upstream");
  }

  @Test
  void aClientThatNeverTakesTheRestIsGivenUp() {
    proxy.timeouts = new HttpTimeouts(1_000, 0, 0, 0, 0, 0);
    var client = new Http2Peer(proxy.configured());
    client.send(client.frames().preface().settings(4, 1));
    client.get(1);
    proxy.upstream().send(OK);
    client.received();

    proxy.advance(1_100);

    assertThat(client.received()).containsExactly("RST 1 NO_ERROR");
    assertThat(proxy.log).containsExactly("200 DR http2.tx_flush_timeout");
    assertThat(proxy.stat("http2.tx_flush_timeout")).isEqualTo(1);
  }

  @Test
  void aSilentStreamTimesOutAlone() {
    proxy.timeouts = new HttpTimeouts(1_000, 0, 0, 0, 0, 0);
    var client = Http2Peer.connected(proxy.configured()).get(1);

    proxy.advance(1_100);

    assertThat(client.received().getFirst()).isEqualTo("HEADERS 1 504");
    assertThat(proxy.log).containsExactly("504 SI stream_idle_timeout");
    assertThat(client.open()).isTrue();
  }

  @Test
  void halfAHeadIsNotWaitedForForEver() {
    proxy.timeouts = new HttpTimeouts(1_000, 0, 0, 0, 0, 500);
    var client = Http2Peer.connected(proxy.configured());
    client.send(client.frames().frame(FrameBytes.HEADERS, 0, 1, Http2Peer.request("GET")));

    proxy.advance(1_100);
    assertThat(client.received()).containsExactly("GOAWAY 0 PROTOCOL_ERROR");
    proxy.advance(600);

    assertThat(client.open()).isFalse();
  }

  @Test
  void aRetiredChainSaysGoodByeTwice() {
    var client = Http2Peer.connected(proxy).get(1).get(3);

    proxy.listener.update(proxy.config());
    assertThat(client.received()).isEmpty();
    proxy.upstreams.get(0).send(OK);
    assertThat(client.received())
        .containsExactly("GOAWAY 2147483647 NO_ERROR", "HEADERS 1 200", "DATA 1 ok end");
    client.get(5); // it did not know
    proxy.advance(5_100);
    assertThat(client.received()).containsExactly("GOAWAY 5 NO_ERROR");
    client.get(7);
    proxy.upstreams.get(1).send(OK);
    proxy.upstreams.get(0).send(OK);

    assertThat(client.received()).contains("DATA 3 ok end", "DATA 5 ok end").hasSize(4);
    proxy.advance(1_100);
    assertThat(client.open()).isFalse();
    assertThat(proxy.stat("http2.goaway_sent")).isEqualTo(2);
    assertThat(proxy.stat("http.test.downstream_cx_drain_close")).isEqualTo(1);
  }

  @Test
  void aProcessThatEndsWaitsForWhatRuns() {
    var idle = Http2Peer.connected(proxy);
    var busy = Http2Peer.connected(proxy).get(1);

    proxy.listener.endSoon();

    assertThat(idle.received()).containsExactly("GOAWAY 0 NO_ERROR");
    assertThat(idle.open()).isTrue(); // for a second, so that nobody is reset
    proxy.advance(1_100);
    assertThat(idle.open()).isFalse();
    assertThat(busy.received()).containsExactly("GOAWAY 1 NO_ERROR");
    proxy.upstream().send(OK);
    assertThat(busy.received()).containsExactly("HEADERS 1 200", "DATA 1 ok end");
    proxy.advance(1_100);
    assertThat(busy.open()).isFalse();
    assertThat(proxy.stat("http.test.downstream_cx_destroy_active_rq")).isZero();
    assertThat(proxy.stat("http.test.downstream_cx_destroy_local")).isEqualTo(2);
  }

  @Test
  void aConnectionEndsAfterItsLastRequest() {
    proxy.limits = new HttpLimits(60 << 10, 100, 2);
    var client = Http2Peer.connected(proxy.configured()).get(1);
    proxy.upstream().send(OK);
    assertThat(client.received()).hasSize(2);

    client.get(3);
    proxy.upstream().send(OK);

    assertThat(client.received()).contains("GOAWAY 2147483647 NO_ERROR");
    assertThat(proxy.stat("http.test.downstream_cx_max_requests_reached")).isEqualTo(1);
  }

  @Test
  void anIdleConnectionSaysGoodBye() {
    proxy.timeouts = new HttpTimeouts(0, 0, 0, 1_000, 0, 0);
    var client = Http2Peer.connected(proxy.configured()).get(1);
    proxy.advance(2_000);
    assertThat(client.open()).isTrue();
    proxy.upstream().send(OK);
    client.received();

    proxy.advance(1_100);
    assertThat(client.received()).containsExactly("GOAWAY 2147483647 NO_ERROR");
    proxy.advance(5_100);

    assertThat(client.received()).containsExactly("GOAWAY 1 NO_ERROR");
    assertThat(client.open()).isFalse();
    assertThat(proxy.stat("http.test.downstream_cx_idle_timeout")).isEqualTo(1);
  }

  @Test
  void aPeerThatDoesNotAnswerPingsIsGone() {
    proxy.http2 = Http2Peer.options(1024, false, false, new Keepalive(1_000, 500, 0, 0));
    var client = Http2Peer.connected(proxy.configured());

    proxy.advance(1_100);
    assertThat(client.received()).containsExactly("PING");
    client.send(client.frames().frame(FrameBytes.PING, FrameBytes.ACK, 0, new byte[8]));
    proxy.advance(1_100);
    assertThat(client.received()).containsExactly("PING");
    proxy.advance(600);

    assertThat(client.received()).containsExactly("GOAWAY 0 NO_ERROR");
    assertThat(proxy.stat("http2.keepalive_timeout")).isEqualTo(1);
  }

  @Test
  void anExtendedConnectBecomesAnUpgrade() {
    var client = webSocket();
    var upstream = proxy.upstream();
    assertThat(upstream.received())
        .startsWith("GET /a HTTP/1.1\nhost: h\n")
        .contains("upgrade: websocket\n", "connection: upgrade\n");

    upstream.send(
        "HTTP/1.1 101 Switching Protocols\nconnection: upgrade\nupgrade: websocket\n\nhi");
    assertThat(client.received()).containsExactly("HEADERS 1 200", "DATA 1 hi");
    client.data(1, "there", false);
    assertThat(upstream.received()).isEqualTo("there");
    client.close();

    assertThat(upstream.open()).isFalse();
    assertThat(proxy.log).containsExactly("101 DC downstream_remote_disconnect");
  }

  @Test
  void theEndOfATunnelIsAResetOfItsOwnKind() {
    var client = webSocket();
    proxy
        .upstream()
        .send("HTTP/1.1 101 Switching Protocols\nconnection: upgrade\nupgrade: websocket\n\nhi");

    proxy.upstream().close();

    assertThat(client.received())
        .containsExactly("HEADERS 1 200", "DATA 1 hi", "RST 1 CONNECT_ERROR");
  }

  @Test
  void anExtendedConnectMayBeRefusedUpstream() {
    var client = webSocket();

    proxy.upstream().send("HTTP/1.1 403 No\ncontent-length: 2\n\nno");

    assertThat(client.received())
        .containsExactly("HEADERS 1 403", "DATA 1 no end", "RST 1 NO_ERROR");
  }

  private Http2Peer webSocket() {
    proxy.http2 = Http2Peer.options(1024, true, false, Keepalive.OFF);
    proxy.requests =
        new RequestOptions(
            new UpgradeRules(Map.of("websocket", true), false), false, UnderscoreNames.ALLOW);
    var client = Http2Peer.connected(proxy.configured());
    return client.send(
        client.frames().head(1, false, Http2Peer.request("CONNECT", ":protocol", "websocket"), 1));
  }
}
