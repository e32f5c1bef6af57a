package dev.outrider.proxy.admin;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.downstream.ChainCounts;
import dev.outrider.proxy.loop.FakeClock;
import dev.outrider.proxy.metrics.StatValue;
import dev.outrider.proxy.metrics.TextParts;
import dev.outrider.proxy.runtime.RuntimeValue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdminServerTest {
  private final FakeServerView server = new FakeServerView();
  private final EmbeddedChannel channel = new EmbeddedChannel(admin());

  private AdminServer admin() {
    return new AdminServer(
        new AdminPages(server, false), ChainCounts.ofAdmin(server.registry), new FakeClock());
  }

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
  void countsItselfAsEnvoyDoes() {
    exchange("GET /ready HTTP/1.1\r\nhost: a\r\n\r\n");
    exchange("GET /nosuch HTTP/1.1\r\nhost: a\r\n\r\n");
    var open = exchange("GET /stats?filter=admin&usedonly HTTP/1.1\r\nhost: a\r\n\r\n");

    assertThat(open)
        .contains("http.admin.downstream_cx_active: 1\n")
        .contains("http.admin.downstream_cx_http1_total: 1\n")
        .contains("http.admin.downstream_rq_2xx: 1\n")
        .contains("http.admin.downstream_rq_4xx: 1\n")
        .contains("http.admin.downstream_rq_active: 1\n")
        .contains("http.admin.downstream_rq_total: 3\n")
        .contains("http.admin.downstream_cx_rx_bytes_total: 119\n")
        .contains("listener.admin.downstream_cx_total: 1\n")
        .contains("listener.admin.main_thread.downstream_cx_active: 1\n")
        .contains("listener.admin.http.admin.downstream_rq_completed: 2\n")
        .doesNotContain("worker_");
    exchange("GET /ready HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    assertThat(channel.isOpen()).isFalse();
    assertThat(stat("http.admin.downstream_cx_active")).isZero();
    assertThat(stat("http.admin.downstream_cx_destroy_local")).isEqualTo(1);
    assertThat(stat("http.admin.downstream_rq_active")).isZero();
  }

  private long stat(String name) {
    for (var value : server.registry.snapshot()) {
      if (value instanceof StatValue.Scalar scalar && scalar.name().equals(name)) {
        return scalar.value();
      }
    }
    throw new AssertionError("no statistic '" + name + "'");
  }

  @Test
  void refusesWhatIsNoHttp() {
    var answer = exchange("hello\r\n\r\n");

    assertThat(answer).startsWith("HTTP/1.1 400 Bad Request\r\n");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void takesTheFieldsOfAForm() {
    var answer =
        exchange(
            "POST /runtime_modify HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n"
                + "content-type: application/x-www-form-urlencoded\r\n\r\na=7&b=8+9");

    assertThat(answer).endsWith("OK\n");
    assertThat(server.runtime().integer("a", 0)).isEqualTo(7);
    assertThat(server.runtime().values()).containsEntry("b", RuntimeValue.ofText("8 9"));
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

  @Test
  void answersForAPageThatFailsLaterAndThenTheNext() {
    server.silent = CompletableFuture.failedFuture(new IllegalStateException("a worker is broken"));

    assertThat(exchange("GET /ready HTTP/1.1\r\nhost: a\r\n\r\n"))
        .startsWith("HTTP/1.1 500 Internal Server Error\r\n")
        .endsWith("internal error: java.lang.IllegalStateException: a worker is broken\n");
    assertThat(exchange("GET /memory HTTP/1.1\r\nhost: a\r\n\r\n")).startsWith("HTTP/1.1 200 OK");
  }

  private static void minute(EmbeddedChannel channel) {
    channel.advanceTimeBy(61, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
  }

  @Test
  void waitsAsLongAsAPageTakesAndClosesWhatIsIdle() {
    channel.freezeTime();
    exchange("POST /heap_dump HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
    minute(channel);
    minute(channel);
    assertThat(channel.isOpen()).isTrue();

    server.profiler.dump.completeExceptionally(new IllegalStateException("enough"));
    channel.runPendingTasks();
    minute(channel);
    minute(channel);

    assertThat(channel.isOpen()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/help", "/stats"}) // in one piece, and in many
  void closesNoConnectionWhileItsAnswerLeaves(String path) {
    fillStats();
    var slow =
        new EmbeddedChannel() {
          @Override
          protected void doWrite(ChannelOutboundBuffer unsent) {
            // the client takes nothing
          }
        };
    slow.freezeTime();
    slow.pipeline().addLast(admin());
    slow.writeInbound(
        Unpooled.copiedBuffer("GET " + path + " HTTP/1.1\r\nhost: a\r\n\r\n", US_ASCII));

    minute(slow);
    assertThat(slow.isOpen()).isTrue();
    minute(slow);
    assertThat(slow.isOpen()).as("after a minute in which nothing has left").isFalse();
    slow.finishAndReleaseAll();
    assertThat(stat("http.admin.downstream_rq_active")).isZero();
  }

  @Test
  void endsTheConnectionOfAPageThatFailsHalfWay() {
    fillStats();
    var broken = new AtomicBoolean(true);
    server.registry.computedGauge(
        "z",
        () -> {
          if (broken.get()) {
            throw new IllegalStateException("this gauge is broken");
          }
          return 0;
        });

    var half = exchange("GET /stats HTTP/1.1\r\nhost: a\r\n\r\n");

    assertThat(half).contains("counter.0: 0\n").doesNotContain("\r\n0\r\n\r\n");
    assertThat(channel.isOpen()).isFalse();
    broken.set(false);
    assertThat(stat("http.admin.downstream_rq_active")).isZero();
    assertThat(stat("http.admin.downstream_cx_destroy_local")).isEqualTo(1);
  }

  private void fillStats() {
    for (int i = 0; i < 5_000; i++) {
      server.registry.counter("counter." + i).add(i);
    }
  }

  @Test
  void makesABigPageWhileItIsSent() {
    fillStats();

    channel.writeInbound(Unpooled.copiedBuffer("GET /stats HTTP/1.1\r\nhost: a\r\n\r\n", US_ASCII));

    var text = new StringBuilder();
    int turns = 0;
    int largest = 0;
    for (; turns < 100 && text.indexOf("\r\n0\r\n\r\n") < 0; turns++) {
      var piece = sent(channel);
      largest = Math.max(largest, piece.length());
      text.append(piece);
      channel.runScheduledPendingTasks();
    }
    assertThat(text).contains("transfer-encoding: chunked\r\n").doesNotContain("content-length");
    assertThat(text).contains("counter.0: 0\n", "counter.999: 999\n");
    assertThat(largest).as("the largest piece").isLessThan(2 * TextParts.PIECE);
    assertThat(turns).as("turns of the loop").isGreaterThan(4);
    assertThat(exchange("GET /ready HTTP/1.1\r\nhost: a\r\n\r\n")).startsWith("HTTP/1.1 200 OK");
  }

  @Test
  void answersInOrderBehindABigPage() {
    fillStats();

    var answers =
        exchange("GET /stats HTTP/1.1\r\nhost: a\r\n\r\nGET /ready HTTP/1.1\r\nhost: a\r\n\r\n");

    assertThat(answers.indexOf("LIVE\n")).isGreaterThan(answers.indexOf("counter.999: 999\n"));
  }

  @Test
  void sendsABigPageAsAWholeToWhoKnowsNoChunks() {
    fillStats();

    assertThat(exchange("GET /stats?filter=counter HTTP/1.0\r\n\r\n"))
        .contains("content-length: 92780\r\n")
        .endsWith("counter.999: 999\n");
    assertThat(channel.isOpen()).isFalse();
  }

  private String exchange(String request) {
    return exchange(channel, request);
  }

  private static String exchange(EmbeddedChannel channel, String request) {
    channel.writeInbound(Unpooled.copiedBuffer(request, US_ASCII));
    for (int turn = 0; turn < 100; turn++) { // more than any page takes
      channel.runScheduledPendingTasks();
    }
    return sent(channel);
  }

  private static String sent(EmbeddedChannel channel) {
    var sent = new StringBuilder();
    for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
      sent.append(part.toString(US_ASCII));
      part.release();
    }
    return sent.toString();
  }
}
