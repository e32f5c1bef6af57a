package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import dev.outrider.proxy.config.EncodedMessage;
import dev.outrider.proxy.config.HttpFilterEntry;
import dev.outrider.proxy.config.HttpTimeouts;
import dev.outrider.proxy.config.RequestOptions;
import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.filter.HttpFilterFactory;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.Http2Options.Keepalive;
import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.http.UnderscoreNames;
import dev.outrider.proxy.http2.FrameBytes;
import dev.outrider.proxy.http2.Http2Error;
import dev.outrider.proxy.leaks.LeakCheck;
import dev.outrider.proxy.routing.PathMatcher;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.UpgradeRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Upgrades and CONNECT, with what a running Envoy 1.40 answered as the measure.
@ExtendWith(LeakCheck.class)
final class TunnelTest {
  private static final String UPGRADE =
      "GET /ws HTTP/1.1\nhost: h\nconnection: Upgrade\nupgrade: websocket\n\n";
  private static final String SWITCHING =
      "HTTP/1.1 101 Switching Protocols\nconnection: Upgrade\nupgrade: websocket\n\n";
  private static final String CONNECT = "CONNECT a.b:443 HTTP/1.1\nhost: a.b:443\n\n";

  private final MemoryProxy proxy = new MemoryProxy();

  @BeforeEach
  void allowWebSockets() {
    allow(Map.of("websocket", true, "connect", true, "other", false));
  }

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  // ---- upgrades

  @Test
  void bytesFlowBothWaysBehindTheHeads() {
    var client = proxy.client().send(UPGRADE);
    var upstream = proxy.upstream();
    assertThat(upstream.received())
        .startsWith("GET /ws HTTP/1.1\nhost: h\nconnection: Upgrade\nupgrade: websocket\n")
        .doesNotContain("transfer-encoding")
        .endsWith("\n\n");

    upstream.send(SWITCHING + "first");
    assertThat(client.received())
        .startsWith(
            "HTTP/1.1 101 Switching Protocols\nconnection: Upgrade\nupgrade: websocket\ndate: ")
        .doesNotContain("connection: close")
        .endsWith("\n\nfirst");
    client.send("hello");
    upstream.send("back");

    assertThat(upstream.received()).isEqualTo("hello");
    assertThat(client.received()).isEqualTo("back");
    assertThat(proxy.stat("http.test.downstream_cx_upgrades_total")).isEqualTo(1);
    assertThat(proxy.stat("http.test.downstream_cx_upgrades_active")).isEqualTo(1);
    client.close();
    assertThat(proxy.log).containsExactly("101 DC downstream_remote_disconnect");
    assertThat(upstream.open()).isFalse();
  }

  @Test
  void anUpgradeMayPassFiltersOfItsOwn() {
    var seen = new ArrayList<String>();
    proxy.upgrades.put(
        "websocket",
        List.of(
            new HttpFilterEntry(
                "own",
                HttpFilterFactory.of(
                    _ ->
                        new HttpFilter() {
                          @Override
                          public HeadStatus onRequestHead(HeaderMap head, boolean end) {
                            seen.add("own");
                            return HeadStatus.CONTINUE;
                          }
                        }),
                EncodedMessage.EMPTY)));
    proxy.filter(
        _ ->
            new HttpFilter() {
              @Override
              public HeadStatus onRequestHead(HeaderMap head, boolean end) {
                seen.add("usual");
                return HeadStatus.CONTINUE;
              }
            });
    allow(Map.of("websocket", true));

    proxy.client().send(UPGRADE).close();
    proxy.client().send("GET / HTTP/1.1\nhost: h\n\n").close();

    assertThat(seen).containsExactly("own", "usual");
  }

  @Test
  void whatTheClientSendsTooEarlyIsForTheFarEnd() {
    var client = proxy.client().send(UPGRADE + "GET /smuggled HTTP/1.1\nhost: h\n\n");

    assertThat(proxy.upstream().received()).endsWith("\n\nGET /smuggled HTTP/1.1\nhost: h\n\n");
    proxy.upstream().send(SWITCHING);
    assertThat(client.received()).startsWith("HTTP/1.1 101");
    assertThat(proxy.stat("http.test.downstream_rq_total")).isEqualTo(1);
  }

  @Test
  void aBodyOfTheRequestIsPassedOnAsBytes() {
    proxy
        .client()
        .send(UPGRADE.replace("upgrade: w", "content-length: 4\nupgrade: w") + "bodyMORE");

    assertThat(proxy.upstream().received())
        .contains("content-length: 4\n")
        .endsWith("\n\nbodyMORE");
  }

  @Test
  void theLastBytesOfTheUpstreamReachTheClient() {
    var client = proxy.client().send(UPGRADE);
    proxy.upstream().send(SWITCHING);

    proxy.upstream().send("last").close();

    assertThat(client.received()).endsWith("\n\nlast");
    assertThat(proxy.log)
        .containsExactly("101 UC upstream_reset_after_response_started{connection_termination}");
    assertThat(client.open()).isTrue();
    proxy.advance(1_100);
    assertThat(client.open()).isFalse();
  }

  @Test
  void anErrorInsteadOfTheTunnelIsAnOrdinaryResponse() {
    var client = proxy.client().send(UPGRADE);

    proxy.upstream().send("HTTP/1.1 400 No\ncontent-length: 2\n\nno");

    assertThat(client.received())
        .startsWith("HTTP/1.1 400 Bad Request\ncontent-length: 2\n")
        .endsWith("connection: close\n\nno");
    assertThat(proxy.log).containsExactly("400 - via_upstream");
    assertThat(proxy.upstream().open()).isFalse();
    client.send("GET / HTTP/1.1\nhost: h\n\n");
    assertThat(proxy.stat("http.test.downstream_rq_total")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"200 OK", "201 Created", "302 Found"})
  void anythingButAnErrorIsAFailedWebSocketHandshake(String status) {
    var client = proxy.client().send(UPGRADE);

    proxy.upstream().send("HTTP/1.1 " + status + "\ncontent-length: 2\n\nno");

    assertThat(client.received())
        .startsWith("HTTP/1.1 " + status + "\n")
        .endsWith("connection: close\ncontent-length: 0\n\n");
    assertThat(proxy.log)
        .containsExactly(status.substring(0, 3) + " - websocket_handshake_unsuccessful");
    assertThat(proxy.upstream().open()).isFalse();
  }

  @Test
  void aSwitchWithoutAProtocolOpensNothing() {
    var client = proxy.client().send(UPGRADE);

    proxy.upstream().send("HTTP/1.1 101 S\n\nyy");

    assertThat(client.received())
        .startsWith("HTTP/1.1 101 Switching Protocols\ndate: ")
        .endsWith("connection: close\n\n");
    assertThat(proxy.log).containsExactly("101 - via_upstream");
    assertThat(proxy.upstream().open()).isFalse();
  }

  @Test
  void aSwitchWithABodyIsAProtocolError() {
    var client = proxy.client().send(UPGRADE);

    proxy.upstream().send(SWITCHING.replace("upgrade: w", "content-length: 2\nupgrade: w") + "yy");

    assertThat(client.received()).startsWith("HTTP/1.1 502").endsWith("protocol error");
    assertThat(proxy.log)
        .containsExactly("502 UPE upstream_reset_before_response_started{protocol_error}");
  }

  @Test
  void aSwitchThatNobodyAskedForIsAResponseWithoutBody() {
    var client = proxy.client().send("GET / HTTP/1.1\nhost: h\n\n");
    proxy.upstream().send(SWITCHING);
    assertThat(client.received())
        .startsWith("HTTP/1.1 101 Switching Protocols\nx-envoy-upstream-service-time")
        .doesNotContain("upgrade", "content-length", "connection");

    client.send("GET /next HTTP/1.1\nhost: h\n\n");

    assertThat(proxy.upstream().received()).contains("GET /next HTTP/1.1\n");
    assertThat(proxy.log).containsExactly("101 - via_upstream");
  }

  @Test
  void bytesBehindASwitchThatNobodyAskedForCloseTheUpstream() {
    proxy.client().send("GET / HTTP/1.1\nhost: h\n\n");

    proxy.upstream().send(SWITCHING + "tail");

    assertThat(proxy.upstream().open()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"other", "unheard-of", "websocket, x", "h2c, websocket"})
  void whatIsNotAllowedIsForbiddenAndClosesTheConnection(String protocol) {
    var client = proxy.client().send(UPGRADE.replace("websocket", protocol) + "GET /smuggled");

    assertThat(client.received())
        .startsWith("HTTP/1.1 403 Forbidden\n")
        .endsWith("connection: close\ncontent-length: 0\n\n");
    assertThat(proxy.log).containsExactly("403 - upgrade_failed");
    assertThat(proxy.upstreams).isEmpty();
    assertThat(proxy.stat("http.test.downstream_rq_ws_on_non_ws_route")).isEqualTo(1);
    assertThat(proxy.stat("http.test.downstream_cx_upgrades_total")).isZero();
  }

  @Test
  void aRouteMayAllowWhatTheManagerForbids() {
    proxy.action = forward(Map.of("other", true));
    proxy.configured();

    proxy.client().send(UPGRADE.replace("websocket", "Other"));

    assertThat(proxy.upstream().received()).contains("\nupgrade: Other\n");
  }

  @Test
  void aRouteMayForbidWhatTheManagerAllows() {
    proxy.action = forward(Map.of("websocket", false));
    proxy.configured();

    proxy.client().send(UPGRADE);

    assertThat(proxy.log).containsExactly("403 - upgrade_failed");
  }

  @Test
  void anUpgradeToHttp2OrWithoutConnectionIsNotPassedOn() {
    proxy.client().send(UPGRADE.replace("websocket", "h2c"));
    assertThat(proxy.upstream().received()).doesNotContain("upgrade");

    proxy.client().send(UPGRADE.replace("connection: Upgrade\n", ""));

    assertThat(proxy.upstream().received()).doesNotContain("upgrade");
  }

  @Test
  void theConnectionHeaderOfABrowserIsPassedOnAsItIs() {
    proxy.client().send(UPGRADE.replace(": Upgrade", ": keep-alive, Upgrade"));
    assertThat(proxy.upstream().received()).contains("\nconnection: keep-alive, Upgrade\n");

    proxy.client().send(UPGRADE.replace(": Upgrade", ": Upgrade, x-secret\nx-secret: 1"));

    assertThat(proxy.upstream().received())
        .contains("\nconnection: upgrade\n")
        .doesNotContain("x-secret");
  }

  @Test
  void aSilentTunnelRunsIntoTheIdleTimeout() {
    proxy.timeouts = new HttpTimeouts(1_000, 0, 0, 0, 0, 1_000);
    proxy.configured();
    var client = proxy.client().send(UPGRADE);
    proxy.upstream().send(SWITCHING);
    for (var i = 0; i < 3; i++) {
      proxy.advance(900);
      client.send("x");
      proxy.advance(900);
      proxy.upstream().send("y");
    }

    proxy.advance(1_100);

    assertThat(proxy.log).containsExactly("101 SI stream_idle_timeout");
    assertThat(proxy.upstream().open()).isFalse();
    proxy.advance(1_100);
    assertThat(client.open()).isFalse();
  }

  @Test
  void theRouteTimeoutCoversTheAnswerOnly() {
    var client = proxy.client().send(UPGRADE);
    proxy.advance(14_000);
    proxy.upstream().send(SWITCHING);
    proxy.advance(20_000);
    assertThat(client.received()).startsWith("HTTP/1.1 101");
    assertThat(proxy.log).isEmpty();

    var late = proxy.client().send(UPGRADE);
    proxy.advance(15_100);

    assertThat(late.received()).startsWith("HTTP/1.1 504").endsWith("upstream request timeout");
    assertThat(proxy.log).containsExactly("504 UT response_timeout");
  }

  @Test
  void theRequestTimeoutEndsWithTheAnswer() {
    proxy.timeouts = new HttpTimeouts(0, 0, 2_000, 0, 0, 0);
    proxy.configured();
    proxy.client().send(UPGRADE);
    proxy.upstream().send(SWITCHING);

    proxy.advance(3_000);

    assertThat(proxy.log).isEmpty();
  }

  @Test
  void eachEndHoldsBackTheOther() {
    var client = proxy.client().send(UPGRADE);
    var upstream = proxy.upstream();
    upstream.send(SWITCHING);
    client.received();
    upstream.received();

    writable(client, false);
    upstream.send("abc").send("def");
    assertThat(client.received()).isEmpty();
    assertThat(upstream.channel.config().isAutoRead()).isFalse();
    writable(client, true);
    assertThat(client.received()).isEqualTo("abcdef");
    assertThat(upstream.channel.config().isAutoRead()).isTrue();

    writable(upstream, false);
    client.send("123").send("456");
    assertThat(upstream.received()).isEmpty();
    assertThat(client.channel.config().isAutoRead()).isFalse();
    writable(upstream, true);
    assertThat(upstream.received()).isEqualTo("123456");
  }

  @Test
  void aRetiredListenerLeavesTheTunnelAloneForTheDrainTime() {
    var client = proxy.client().send(UPGRADE);
    proxy.upstream().send(SWITCHING);

    proxy.listener.retire();
    client.send("x");
    assertThat(proxy.upstream().received()).endsWith("x");
    proxy.advance(30_100);

    assertThat(client.open()).isFalse();
    assertThat(proxy.upstream().open()).isFalse();
  }

  // ---- CONNECT

  @Test
  void connectIsForwarded() {
    connectRoute();
    var client = proxy.client().send(CONNECT + "early");
    assertThat(proxy.upstream().received())
        .startsWith("CONNECT a.b:443 HTTP/1.1\nhost: a.b:443\n")
        .endsWith("\n\nearly");

    proxy.upstream().send("HTTP/1.1 200 OK\ncontent-length: 3\n\nabcdef");
    client.send("more");

    assertThat(client.received())
        .startsWith("HTTP/1.1 200 OK\ncontent-length: 3\ndate: ")
        .doesNotContain("connection: close")
        .endsWith("\n\nabcdef");
    assertThat(proxy.upstream().received()).isEqualTo("more");
  }

  @Test
  void aRefusedConnectIsAnOrdinaryResponse() {
    connectRoute();
    var client = proxy.client().send(CONNECT);

    proxy.upstream().send("HTTP/1.1 403 No\ncontent-length: 2\n\nno");

    assertThat(client.received()).startsWith("HTTP/1.1 403").endsWith("connection: close\n\nno");
    assertThat(proxy.log).containsExactly("403 - via_upstream");
    assertThat(proxy.upstream().open()).isFalse();
  }

  @Test
  void connectNeedsARouteOfItsOwn() {
    proxy.client().send(CONNECT);

    assertThat(proxy.log).containsExactly("404 NR route_not_found");
  }

  @Test
  void connectHasToBeAllowed() {
    connectRoute();
    allow(Map.of());

    proxy.client().send(CONNECT);

    assertThat(proxy.log).containsExactly("403 - upgrade_failed");
  }

  @Test
  void aRouteForConnectTakesNothingElse() {
    connectRoute();

    proxy.client().send("GET / HTTP/1.1\nhost: h\n\n");

    assertThat(proxy.log).containsExactly("404 NR route_not_found");
  }

  @Test
  void connectHasNoBody() {
    connectRoute();

    proxy.client().send(CONNECT.replace("host", "content-length: 4\nhost"));
    proxy.client().send(CONNECT.replace("host", "transfer-encoding: chunked\nhost"));
    proxy.client().send("CONNECT a.b HTTP/1.1\nhost: a.b\n\n");

    assertThat(proxy.log)
        .containsExactly(
            "400 DPE http1.body_disallowed",
            "501 DPE http1.invalid_transfer_encoding",
            "400 DPE http1.invalid_url");
  }

  private void connectRoute() {
    proxy.path = new PathMatcher.Connect();
    proxy.configured();
  }

  // ---- over HTTP/2 to the service

  @Test
  void anUpgradeGoesOutAsAnExtendedConnect() {
    proxy.speak(HttpVersion.HTTP2);
    var client =
        proxy.client().send(UPGRADE.replace("upgrade: w", "content-length: 0\nupgrade: w"));
    try (var service = new Http2Origin(proxy)) {
      assertThat(service.received())
          .singleElement(STRING)
          .startsWith("HEADERS 1 ")
          .contains(":method=CONNECT", ":protocol=websocket", ":scheme=http", ":path=/ws")
          .doesNotContain(" upgrade=", " connection=", "content-length", " end");

      service.say(peer -> peer.headers(1, false, ":status=200", "x-t=1").data(1, "first", false));
      assertThat(client.received())
          .startsWith("HTTP/1.1 101 Switching Protocols\nx-t: 1\n")
          .contains("\nupgrade: websocket\n", "\nconnection: upgrade\n")
          .doesNotContain("transfer-encoding")
          .endsWith("\n\nfirst");
      client.send("hello");
      assertThat(service.received()).containsExactly("DATA 1 'hello'");

      service.say(peer -> peer.data(1, "last", true));
      assertThat(client.received()).isEqualTo("last");
      assertThat(service.received()).containsExactly("RST 1 CANCEL");
      assertThat(proxy.log).containsExactly("101 - via_upstream");
    }
  }

  @Test
  void aTunnelThatEndsWhereItBeginsIsAnsweredAsOne() {
    proxy.speak(HttpVersion.HTTP2);
    var client = proxy.client().send(UPGRADE);
    try (var service = new Http2Origin(proxy)) {
      service.say(peer -> peer.headers(1, true, ":status=200"));
    }

    assertThat(client.received())
        .startsWith("HTTP/1.1 101 Switching Protocols\n")
        .doesNotContain("content-length", "connection: close");
    assertThat(proxy.log).containsExactly("101 - via_upstream");
  }

  @ParameterizedTest
  @ValueSource(ints = {201, 302, 403})
  void onlyA200OpensAnExtendedConnect(int status) {
    proxy.speak(HttpVersion.HTTP2);
    var client = proxy.client().send(UPGRADE);
    try (var service = new Http2Origin(proxy)) {
      service.say(peer -> peer.headers(1, false, ":status=" + status).data(1, "no", true));
    }

    assertThat(client.received())
        .startsWith("HTTP/1.1 " + status + " ")
        .contains("transfer-encoding: chunked\n", "connection: close\n")
        .endsWith("\n\n2\nno\n0\n\n");
    assertThat(proxy.log).containsExactly(status + " - via_upstream");
  }

  @Test
  void aServiceThatKnowsNoExtendedConnectRefusesTheTunnel() {
    proxy.speak(HttpVersion.HTTP2);
    var client = proxy.client().send(UPGRADE);
    try (var service = new Http2Origin(proxy)) {
      service.say(peer -> peer.reset(1, Http2Error.PROTOCOL_ERROR));
    }

    assertThat(client.received())
        .startsWith("HTTP/1.1 503 ")
        .contains("reset reason: remote reset");
    assertThat(proxy.log)
        .containsExactly("503 UR upstream_reset_before_response_started{remote_reset}");
  }

  @Test
  void aConnectKeepsItsFormOverHttp2() {
    proxy.path = new PathMatcher.Connect();
    proxy.configured().speak(HttpVersion.HTTP2);
    var client = proxy.client().send(CONNECT);
    try (var service = new Http2Origin(proxy)) {
      assertThat(service.received())
          .singleElement(STRING)
          .startsWith("HEADERS 1 ")
          .contains(":method=CONNECT", ":authority=a.b:443")
          .doesNotContain(":path", ":scheme", ":protocol");

      service.say(peer -> peer.headers(1, false, ":status=200"));
      assertThat(client.received()).startsWith("HTTP/1.1 200 OK\n").doesNotContain("chunked");
      client.send("hello");
      service.say(peer -> peer.data(1, "back", false));

      assertThat(service.received()).containsExactly("DATA 1 'hello'");
      assertThat(client.received()).isEqualTo("back");
      client.close();
    }
  }

  @Test
  void aTunnelBetweenTwoConnectionsOfHttp2MayEndInOneDirectionFirst() {
    proxy.http2 = Http2Peer.options(100, true, false, Keepalive.OFF);
    proxy.configured().speak(HttpVersion.HTTP2);
    var client = Http2Peer.connected(proxy);
    client.send(client.frames().head(1, false, extendedConnect("websocket"), 1));
    try (var service = new Http2Origin(proxy)) {
      assertThat(service.received().getFirst())
          .contains(":method=CONNECT", ":protocol=websocket", ":path=/ws")
          .doesNotContain(" upgrade=");

      service.say(peer -> peer.headers(1, false, ":status=200"));
      client.data(1, "bye", true);
      assertThat(service.received()).containsExactly("DATA 1 'bye' end");
      service.say(peer -> peer.data(1, "good bye", true));

      assertThat(client.received()).containsExactly("HEADERS 1 200", "DATA 1 good bye end");
      assertThat(proxy.log).containsExactly("101 - via_upstream");
    }
  }

  @Test
  void aConnectionThatRefusedATunnelIsNotUsedAgain() {
    proxy.http2 = Http2Peer.options(100, true, false, Keepalive.OFF);
    proxy.configured();
    var client = Http2Peer.connected(proxy);
    client.send(client.frames().head(1, false, extendedConnect("websocket"), 1));
    client.data(1, "GET /smuggled HTTP/1.1\r\n\r\n", true); // for whoever expects a request
    assertThat(proxy.upstream().received()).contains("upgrade: websocket", "GET /smuggled");

    proxy.upstream().send("HTTP/1.1 403 No\ncontent-length: 0\n\n");

    assertThat(client.received()).containsExactly("HEADERS 1 403 end");
    assertThat(proxy.upstream().open()).isFalse();
  }

  @Test
  void aTunnelOfBytesIsAPlainConnect() {
    proxy.path = new PathMatcher.Connect();
    proxy.http2 = Http2Peer.options(100, true, false, Keepalive.OFF);
    proxy.configured().speak(HttpVersion.HTTP2);
    var client = Http2Peer.connected(proxy);

    client.send(client.frames().head(1, false, extendedConnect("bytestream"), 1));

    try (var service = new Http2Origin(proxy)) {
      assertThat(service.received().getFirst())
          .contains(":method=CONNECT", ":authority=h")
          .doesNotContain(":path", ":scheme", ":protocol");
    }
    client.close();
  }

  private static byte[] extendedConnect(String protocol) {
    return FrameBytes.block(
        ":method",
        "CONNECT",
        ":protocol",
        protocol,
        ":scheme",
        "http",
        ":path",
        "/ws",
        ":authority",
        "h");
  }

  private void allow(Map<String, Boolean> types) {
    proxy.requests =
        new RequestOptions(new UpgradeRules(types, false), false, UnderscoreNames.ALLOW);
    proxy.configured();
  }

  private static RouteAction forward(Map<String, Boolean> types) {
    var plain = RouteAction.Forward.to("svc");
    return RouteAction.Forward.builder(plain.cluster())
        .upgrades(new UpgradeRules(types, false))
        .build();
  }

  private static void writable(MemoryProxy.Peer peer, boolean writable) {
    peer.channel.unsafe().outboundBuffer().setUserDefinedWritability(1, writable);
    peer.open(); // lets the channel tell its handler
  }
}
