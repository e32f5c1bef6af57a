package dev.outrider.proxy.admin;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AdminServerTest {
  private final FakeServerView server = new FakeServerView();
  private final EmbeddedChannel channel =
      new EmbeddedChannel(new AdminServer(new AdminPages(server)));

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void answersOneRequestAfterTheOtherWithEnvoysHeaders() {
    var first = exchange("GET /ready HTTP/1.1\r\nhost: a\r\n\r\n");
    var second = exchange("GET /ready HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");

    assertThat(first)
        .startsWith("HTTP/1.1 200 OK\r\n")
        .contains("content-type: text/plain; charset=UTF-8\r\n")
        .contains("cache-control: no-cache, max-age=0\r\n")
        .contains("x-content-type-options: nosniff\r\n")
        .contains("server: envoy\r\n")
        .endsWith("\r\n\r\nLIVE\n");
    assertThat(second).contains("connection: close\r\n").endsWith("LIVE\n");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void refusesWhatIsNoHttp() {
    var answer = exchange("hello\r\n\r\n");

    assertThat(answer).startsWith("HTTP/1.1 400 Bad Request\r\n");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void refusesAPathThatCannotBeDecoded() {
    assertThat(exchange("GET /stats?filter=%zz HTTP/1.1\r\nhost: a\r\n\r\n"))
        .startsWith("HTTP/1.1 400 Bad Request\r\n");
  }

  @Test
  void answersForAPageThatFails() {
    server.broken = true;

    assertThat(exchange("GET /config_dump HTTP/1.1\r\nhost: a\r\n\r\n"))
        .startsWith("HTTP/1.1 500 Internal Server Error\r\n")
        .contains("this server is broken");
  }

  private String exchange(String request) {
    return exchange(channel, request);
  }

  private static String exchange(EmbeddedChannel channel, String request) {
    channel.writeInbound(Unpooled.copiedBuffer(request, US_ASCII));
    var answer = new StringBuilder();
    for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
      answer.append(part.toString(US_ASCII));
      part.release();
    }
    return answer.toString();
  }
}
