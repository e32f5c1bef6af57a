package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.Http2Options;
import dev.outrider.proxy.http2.FrameBytes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Windows in both directions: who may send how much, in whose turn, and when bytes are credited.
class Http2FlowTest {
  private static final int WINDOW = 65_535;
  private final MemoryProxy proxy = new MemoryProxy();

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  @Test
  void aBodyLeavesInFramesOfModestSizeAsFarAsTheWindowsAllow() {
    proxy.bufferLimit = 1 << 20;
    var client = Http2Peer.connected(proxy.configured()).get(1);
    answer(0, WINDOW + 10);

    assertThat(client.received())
        .containsExactly(
            "HEADERS 1 200",
            "DATA 1 (16384)",
            "DATA 1 (16384)",
            "DATA 1 (16384)",
            "DATA 1 (16383)");
    client.send(client.frames().windowUpdate(1, 100));
    assertThat(client.received()).as("the connection has no window").isEmpty();
    client.send(client.frames().windowUpdate(0, 4));
    assertThat(client.received()).containsExactly("DATA 1 xxxx");
    client.send(client.frames().windowUpdate(0, 100));

    assertThat(client.received()).containsExactly("DATA 1 xxxxxx end");
  }

  @Test
  void streamsTakeTurns() {
    proxy.bufferLimit = 1 << 20;
    var client = Http2Peer.connected(proxy.configured());
    client.send(client.frames().settings(4, 0));
    client.get(1).get(3);
    answer(0, 40_000);
    answer(1, 40_000);
    client.received();

    client.send(client.frames().settings(4, 60_000));

    assertThat(client.received())
        .containsExactly(
            "DATA 1 (16384)",
            "DATA 3 (16384)",
            "DATA 1 (16384)",
            "DATA 3 (16383)"); // that was the window of the connection
  }

  @Test
  void aWindowMayBecomeNegative() {
    var client = Http2Peer.connected(proxy);
    client.send(client.frames().settings(4, 10));
    client.get(1);
    answer(0, 20);
    assertThat(client.received()).contains("DATA 1 xxxxxxxxxx");

    client.send(client.frames().settings(4, 3)); // now -7
    client.send(client.frames().windowUpdate(1, 7));
    assertThat(client.received()).isEmpty();
    client.send(client.frames().windowUpdate(1, 2));

    assertThat(client.received()).containsExactly("DATA 1 xx");
    client.send(client.frames().settings(4, 100));
    assertThat(client.received()).containsExactly("DATA 1 xxxxxxxx end");
  }

  @Test
  void aClientThatTakesNothingHoldsBackItsUpstreamOnly() {
    proxy.bufferLimit = 1_000;
    var client = Http2Peer.connected(proxy.configured());
    client.send(client.frames().settings(4, 100));
    client.get(1).get(3);
    var upstream = proxy.upstreams.get(0);
    upstream.send("HTTP/1.1 200 OK\ncontent-length: 100000\n\n" + "x".repeat(1_500));
    upstream.send("x".repeat(500));

    assertThat(upstream.channel.config().isAutoRead()).isFalse();
    proxy.upstreams.get(1).send("HTTP/1.1 200 OK\ncontent-length: 2\n\nok");
    assertThat(client.received()).contains("DATA 3 ok end");
    client.send(client.frames().windowUpdate(1, 2_000));

    assertThat(upstream.channel.config().isAutoRead()).isTrue();
  }

  @Test
  void whatTheUpstreamTookIsCreditedWhenItIsHalfOfAWindow() {
    proxy.http2 = windows(WINDOW, WINDOW);
    var client = Http2Peer.connected(proxy.configured()).post(1);
    var half = (WINDOW + 1) / 2;

    send(client, 1, half - 1);
    assertThat(client.all()).isEmpty();
    send(client, 1, 1);

    assertThat(client.all()).containsExactly("WINDOW 0 +" + half, "WINDOW 1 +" + half);
  }

  @Test
  void whatAHeldUpstreamDidNotTakeIsCreditedOnRelease() {
    proxy.http2 = windows(WINDOW, WINDOW);
    var client = Http2Peer.connected(proxy.configured()).post(1);
    proxy.upstream().writable(false);

    send(client, 1, 40_000);
    assertThat(client.all()).isEmpty();
    proxy.upstream().writable(true);

    assertThat(client.all()).containsExactly("WINDOW 0 +40000", "WINDOW 1 +40000");
  }

  @Test
  void whatAResetDropsIsCreditedToTheConnectionAtOnce() {
    proxy.http2 = windows(WINDOW, WINDOW);
    var client = Http2Peer.connected(proxy.configured()).post(1);
    proxy.upstream().writable(false);
    send(client, 1, 40_000);

    client.send(client.frames().reset(1, 8));

    assertThat(client.all()).containsExactly("WINDOW 0 +40000");
  }

  @Test
  void moreThanTheWindowIsAnError() {
    proxy.http2 = windows(WINDOW, 4 * WINDOW);
    var client = Http2Peer.connected(proxy.configured()).post(1);
    proxy.upstream().writable(false);

    send(client, 1, WINDOW + 1);

    assertThat(client.received()).containsExactly("RST 1 FLOW_CONTROL_ERROR");
    assertThat(client.open()).isTrue();
  }

  @Test
  void moreThanTheWindowOfTheConnectionCostsIt() {
    proxy.http2 = windows(4 * WINDOW, WINDOW);
    var client = Http2Peer.connected(proxy.configured()).post(1);
    proxy.upstream().writable(false);

    send(client, 1, WINDOW + 1);

    assertThat(client.received()).containsExactly("GOAWAY 1 FLOW_CONTROL_ERROR");
  }

  @Test
  void paddingCountsForTheWindow() {
    proxy.http2 = windows(WINDOW, WINDOW);
    var client = Http2Peer.connected(proxy.configured()).post(1);
    var frames = client.frames();
    for (var i = 0; i < 128; i++) {
      var padded = new byte[256];
      padded[0] = (byte) 254;
      frames.frame(FrameBytes.DATA, 8, 1, padded);
    }

    client.send(frames);

    assertThat(client.all()).hasSize(2).allMatch(line -> line.startsWith("WINDOW"));
  }

  @Test
  void aFullSocketStopsAllStreams() {
    proxy.bufferLimit = 1 << 20;
    var client = Http2Peer.connected(proxy.configured()).get(1);
    client.peer.writable(false);

    answer(0, 100);
    assertThat(client.received()).isEmpty();
    client.peer.writable(true);

    assertThat(client.received())
        .containsExactly("HEADERS 1 200", "DATA 1 " + "x".repeat(100) + " end");
  }

  private void answer(int upstream, int bytes) {
    proxy
        .upstreams
        .get(upstream)
        .send("HTTP/1.1 200 OK\ncontent-length: " + bytes + "\n\n" + "x".repeat(bytes));
  }

  private static void send(Http2Peer client, int stream, int bytes) {
    for (var left = bytes; left > 0; left -= 16_384) {
      client.data(stream, "x".repeat(Math.min(left, 16_384)), false);
    }
  }

  private static Http2Options windows(int stream, int connection) {
    var others = Http2Options.DEFAULT;
    return new Http2Options(
        others.hpackTableSize(),
        others.concurrentStreams(),
        stream,
        connection,
        others.outboundFrames(),
        others.outboundControlFrames(),
        others.emptyFrames(),
        others.priorityFramesPerStream(),
        others.windowUpdatesPerDataFrame(),
        others.headerFieldBytes(),
        false,
        false,
        others.keepalive());
  }
}
