package dev.outrider.proxy.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.http.ResetReason;
import dev.outrider.proxy.upstream.Callout;
import dev.outrider.proxy.upstream.CalloutSink;
import dev.outrider.proxy.upstream.CalloutSpec;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Calls on behalf of filters, over real sockets, on a worker's loop.
class CalloutIT {
  private final ScriptedUpstream upstream = new ScriptedUpstream();
  private final TestProxy proxy = new TestProxy(1);

  @BeforeEach
  void configure() throws Exception {
    proxy.cluster(ProxyIT.withTrailers(), upstream.port()).cluster("empty").start();
  }

  @AfterEach
  void stop() throws Exception {
    proxy.close();
    upstream.close();
  }

  @Test
  void tellsTheAnswerWithHeadBodyAndTrailers() throws Exception {
    assertThat(call("svc", "/echo", "ping", 5_000)).isEqualTo("200 ping");
    assertThat(call("svc", "/chunked", "", 0)).isEqualTo("200 Wikipedia x-sum: 9");
    assertThat(upstream.heads.getFirst())
        .isEqualTo("POST /echo HTTP/1.1\nhost: svc.test\ncontent-length: 4");
  }

  @Test
  void anUpstreamThatFailsAnswersAsTheProxyWouldAnswerItsClients() throws Exception {
    int closed;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    proxy.cluster("dead", closed).start();

    assertThat(call("empty", "/", "", 0)).isEqualTo("503 no healthy upstream");
    assertThat(call("dead", "/", "", 0))
        .startsWith("503 upstream connect error")
        .contains("remote connection failure");
    assertThat(call("svc", "/garbage", "", 0)).startsWith("502 upstream connect error");
    assertThat(call("svc", "/hang", "", 50)).isEqualTo("504 upstream request timeout");
    assertThat(proxy.stat("cluster.svc.upstream_rq_timeout")).isEqualTo(1);
  }

  @Test
  void anAnswerThatBreaksOffIsAFailure() throws Exception {
    assertThat(call("svc", "/short", "", 0)).isEqualTo("failed PROTOCOL_ERROR");
  }

  @Test
  void anUnknownClusterIsRefusedAtOnce() throws Exception {
    assertThat(call("nobody", "/", "", 0)).isEqualTo("refused");
  }

  @Test
  void aCancelledCallTellsNothing() throws Exception {
    var outcome = new CompletableFuture<String>();
    var cancelled = new CompletableFuture<Boolean>();
    var worker = proxy.group().workers().getFirst();
    worker
        .loop()
        .execute(
            () -> {
              var call =
                  start(
                      worker,
                      new CalloutSpec("svc", head(worker, "/hang", ""), new byte[0], null, 20),
                      outcome);
              if (call != null) {
                call.cancel();
              }
              cancelled.complete(call != null);
            });

    assertThat(cancelled.get(5, TimeUnit.SECONDS)).isTrue();
    assertThat(call("svc", "/hang", "", 100)).isEqualTo("504 upstream request timeout");
    assertThat(outcome).isNotDone();
    assertThat(proxy.stat("cluster.svc.upstream_rq_active")).isZero();
  }

  private String call(String cluster, String path, String body, long timeoutMillis)
      throws Exception {
    var outcome = new CompletableFuture<String>();
    var worker = proxy.group().workers().getFirst();
    worker
        .loop()
        .execute(
            () -> {
              var bytes = body.getBytes(StandardCharsets.UTF_8);
              var spec =
                  new CalloutSpec(cluster, head(worker, path, body), bytes, null, timeoutMillis);
              if (start(worker, spec, outcome) == null) {
                outcome.complete("refused");
              }
              assertThat(outcome.isDone())
                  .as("told from inside the call")
                  .isEqualTo(cluster.equals("nobody"));
            });
    return outcome.get(10, TimeUnit.SECONDS);
  }

  private static @Nullable Callout start(
      Worker worker, CalloutSpec spec, CompletableFuture<String> outcome) {
    return worker.callouts().call(spec, new Outcome(outcome));
  }

  private static HeaderMap head(Worker worker, String path, String body) {
    var head = worker.heads().take(HeadKind.REQUEST);
    head.set(HeaderNames.METHOD, body.isEmpty() ? "GET" : "POST");
    head.set(HeaderNames.PATH, path);
    head.set(HeaderNames.AUTHORITY, "svc.test");
    return head;
  }

  private record Outcome(CompletableFuture<String> told) implements CalloutSink {
    @Override
    public void onAnswer(HeaderMap head, BodyBuffer body, @Nullable HeaderMap trailers) {
      var bytes = new byte[body.length()];
      body.getBytes(0, bytes.length, bytes, 0);
      var text = head.status() + " " + new String(bytes, StandardCharsets.UTF_8);
      told.complete(
          trailers == null ? text : text + " x-sum: " + trailers.get(HeaderName.of("x-sum")));
    }

    @Override
    public void onFailure(ResetReason why) {
      told.complete("failed " + why);
    }
  }
}
