package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.HttpVersion;
import dev.outrider.proxy.http2.Http2Error;
import dev.outrider.proxy.leaks.LeakCheck;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// A service that gives up inside a body: what came of it reaches the client, then the client
/// learns that there is no more, as in Envoy.
@ExtendWith(LeakCheck.class)
final class BrokenResponseTest {
  private final MemoryProxy proxy = new MemoryProxy();

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  @Test
  void aResetStreamReachesAClientOfHttp1() {
    proxy.speak(HttpVersion.HTTP2);
    var client = proxy.client().send("GET /a HTTP/1.1\nhost: h\n\n");

    try (var service = new Http2Origin(proxy)) {
      service.say(
          peer ->
              peer.headers(1, false, ":status=200")
                  .data(1, "some", false)
                  .reset(1, Http2Error.CANCEL));
    }

    assertThat(client.received()).endsWith("\n\n4\nsome\n");
    assertThat(client.open()).isFalse();
    assertThat(proxy.log)
        .containsExactly("200 UR upstream_reset_after_response_started{remote_reset}");
  }

  @Test
  void aResetStreamReachesAClientOfHttp2() {
    proxy.speak(HttpVersion.HTTP2);
    var client = Http2Peer.connected(proxy).get(1);

    try (var service = new Http2Origin(proxy)) {
      service.say(
          peer ->
              peer.headers(1, false, ":status=200")
                  .data(1, "some", false)
                  .reset(1, Http2Error.CANCEL));
    }

    assertThat(client.received())
        .containsExactly("HEADERS 1 200", "DATA 1 some", "RST 1 INTERNAL_ERROR");
  }

  @Test
  void aConnectionThatEndsReachesAllItsClients() {
    proxy.speak(HttpVersion.HTTP2);
    var client = Http2Peer.connected(proxy).get(1).get(3);

    try (var service = new Http2Origin(proxy)) {
      service.sayAndHangUp(
          peer ->
              peer.headers(1, false, ":status=200")
                  .headers(3, false, ":status=200")
                  .data(3, "three", false)
                  .data(1, "one", false));
    }

    assertThat(client.received())
        .containsExactly(
            "HEADERS 1 200",
            "HEADERS 3 200",
            "DATA 1 one",
            "RST 1 INTERNAL_ERROR",
            "DATA 3 three",
            "RST 3 INTERNAL_ERROR");
  }

  @Test
  void aServiceOfHttp1ThatHangsUpReachesAClientOfHttp2() {
    var client = Http2Peer.connected(proxy).get(1);
    var service = proxy.upstream();

    service.channel.pipeline().fireChannelRead(bytes("HTTP/1.1 200 OK\ncontent-length: 9\n\nsome"));
    service.close();

    assertThat(client.received())
        .containsExactly("HEADERS 1 200", "DATA 1 some", "RST 1 INTERNAL_ERROR");
  }

  @Test
  void whatTheWindowsDoNotAllowIsLost() {
    proxy.speak(HttpVersion.HTTP2);
    var client = Http2Peer.connected(proxy);
    client.send(client.frames().settings(4, 3));
    client.get(1);

    try (var service = new Http2Origin(proxy)) {
      service.say(
          peer ->
              peer.headers(1, false, ":status=200")
                  .data(1, "some", false)
                  .reset(1, Http2Error.CANCEL));
    }

    assertThat(client.received())
        .containsExactly("HEADERS 1 200", "DATA 1 som", "RST 1 INTERNAL_ERROR");
  }

  @Test
  void whatCameOfARequestReachesTheServiceBeforeItIsGivenUp() {
    proxy.speak(HttpVersion.HTTP2);
    var client = Http2Peer.connected(proxy).post(1);

    try (var service = new Http2Origin(proxy)) {
      client.send(client.frames().frame(0, 0, 1, (byte) 'a', (byte) 'b').reset(1, 8)); // one read

      assertThat(service.received()).endsWith("DATA 1 'ab'", "RST 1 CANCEL");
    }
  }

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text.replace("\n", "\r\n"), StandardCharsets.ISO_8859_1);
  }
}
