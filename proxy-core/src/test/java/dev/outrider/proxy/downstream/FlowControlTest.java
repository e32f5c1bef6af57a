package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.filter.BodyStatus;
import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.filter.StreamHandle;
import dev.outrider.proxy.http.BodyBuffer;
import dev.outrider.proxy.http.HeaderMap;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Who slows whom down. The buffer limit is 1,000 bytes. Reading stops only when bytes arrive that
/// nobody may take.
class FlowControlTest {
  private static final String GET = "GET /a HTTP/1.1\nhost: h\n\n";
  private static final String LONG_RESPONSE = "HTTP/1.1 200 OK\ncontent-length: 3000\n\n";
  private static final String LONG_REQUEST = "POST /a HTTP/1.1\nhost: h\ncontent-length: 3000\n\n";
  private static final String K = "x".repeat(1000);

  private final MemoryProxy proxy = new MemoryProxy();
  private final List<StreamHandle> handles = new ArrayList<>();

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  @Test
  void aSlowClientStopsTheUpstreamWhenItSendsMore() {
    var client = proxy.client().send(GET);
    var upstream = proxy.upstream().send(LONG_RESPONSE + K);

    client.writable(false);
    assertThat(reads(upstream)).isTrue(); // nothing has come yet that the client cannot take
    upstream.send(K);
    assertThat(reads(upstream)).isFalse();
    assertThat(proxy.stat("cluster.svc.upstream_cx_rx_bytes_buffered")).isEqualTo(1000);
    assertThat(client.received()).endsWith("\n\n" + K);
    assertThat(proxy.stat("cluster.svc.upstream_flow_control_paused_reading_total")).isEqualTo(1);

    client.writable(true);
    assertThat(reads(upstream)).isTrue();
    assertThat(client.received()).isEqualTo(K);
    assertThat(proxy.stat("cluster.svc.upstream_flow_control_resumed_reading_total")).isEqualTo(1);
    upstream.send(K);
    assertThat(client.received()).isEqualTo(K);
    assertThat(proxy.log).containsExactly("200 - via_upstream");
  }

  @Test
  void aSlowUpstreamStopsTheClientWhenItSendsMore() {
    var client = proxy.client().send(LONG_REQUEST + K);
    var upstream = proxy.upstream();

    upstream.writable(false);
    assertThat(reads(client)).isTrue();
    client.send(K);
    assertThat(reads(client)).isFalse();
    assertThat(proxy.stat("http.test.downstream_cx_rx_bytes_buffered")).isEqualTo(1000);
    assertThat(upstream.received()).endsWith("\n\n" + K);
    assertThat(proxy.stat("cluster.svc.upstream_flow_control_backed_up_total")).isEqualTo(1);
    assertThat(proxy.stat("http.test.downstream_flow_control_paused_reading_total")).isEqualTo(1);

    upstream.writable(true);
    assertThat(reads(client)).isTrue();
    assertThat(upstream.received()).isEqualTo(K);
    assertThat(proxy.stat("cluster.svc.upstream_flow_control_drained_total")).isEqualTo(1);
    assertThat(proxy.stat("http.test.downstream_flow_control_resumed_reading_total")).isEqualTo(1);
  }

  @Test
  void aPipelinedRequestIsReadNoFurtherThanWhatHasArrived() {
    var client = proxy.client().send(GET + GET);
    assertThat(reads(client)).isTrue(); // it came with the first one
    client.send(GET);
    assertThat(reads(client)).isFalse();

    for (var i = 0; i < 3; i++) {
      proxy.upstream().send("HTTP/1.1 200 OK\ncontent-length: 0\n\n");
    }
    assertThat(reads(client)).isTrue();
    assertThat(proxy.log).hasSize(3);
  }

  @Test
  void aRequestThatAFilterKeepsBeyondTheLimitIsTooLarge() {
    requestsKept(HeadStatus.HOLD_HEAD, BodyStatus.HOLD_AND_SHOW_ALL);

    var client = proxy.client().send(LONG_REQUEST + K);
    assertThat(client.received()).isEmpty();
    client.send("x");

    assertThat(client.received()).startsWith("HTTP/1.1 413").endsWith("Payload Too Large");
    assertThat(proxy.log).containsExactly("413 - request_payload_too_large");
    assertThat(proxy.upstreams).isEmpty();
    assertThat(proxy.stat("http.test.downstream_rq_too_large")).isEqualTo(1);
  }

  @Test
  void aResponseThatAFilterKeepsBeyondTheLimitIsAnErrorOfOurs() {
    responsesKept(HeadStatus.HOLD_HEAD, BodyStatus.HOLD_AND_SHOW_ALL);
    var client = proxy.client().send(GET);

    proxy.upstream().send(LONG_RESPONSE + K);
    assertThat(client.received()).isEmpty();
    proxy.upstream().send("x");

    assertThat(client.received()).startsWith("HTTP/1.1 500").endsWith("Internal Server Error");
    assertThat(proxy.log).containsExactly("500 - response_payload_too_large");
    assertThat(proxy.upstream().open()).isFalse();
    assertThat(proxy.stat("http.test.rs_too_large")).isEqualTo(1);
  }

  @Test
  void aFilterThatPushesBackHoldsTheClientAtTheLimitAndLosesNothing() {
    requestsKept(HeadStatus.HOLD_ALL_BACKPRESSURE, BodyStatus.CONTINUE);

    var client = proxy.client().send(LONG_REQUEST + K); // the limit
    assertThat(reads(client)).isTrue();
    client.send(K);
    assertThat(reads(client)).isFalse();
    assertThat(proxy.upstreams).isEmpty();

    handles.getFirst().resumeRequest();
    proxy.loop.runTasks();
    assertThat(reads(client)).isTrue();
    client.send(K);
    assertThat(proxy.upstream().received()).endsWith("\n\n" + K + K + K);
  }

  @Test
  void aFilterThatPushesBackHoldsTheUpstreamAtTheLimitAndLosesNothing() {
    responsesKept(HeadStatus.HOLD_HEAD, BodyStatus.HOLD_AND_SHOW_NEW);
    var client = proxy.client().send(GET);
    var upstream = proxy.upstream().send(LONG_RESPONSE + K);
    assertThat(reads(upstream)).isTrue();

    upstream.send(K);
    assertThat(reads(upstream)).isFalse();
    assertThat(client.received()).isEmpty();

    handles.getFirst().resumeResponse();
    proxy.loop.runTasks();
    assertThat(reads(upstream)).isFalse(); // what waited filled the filter again
    handles.getFirst().resumeResponse();
    proxy.loop.runTasks();
    assertThat(client.received()).endsWith("\n\n" + K + K);
  }

  @Test
  void aRequestWithoutConnectionIsKeptUpToTheLimit() {
    proxy.connectsLater = true;
    var limit = "x".repeat(1 << 20); // the cluster's
    var client = proxy.client().send("POST /a HTTP/1.1\nhost: h\ncontent-length: 9999999\n\n");
    client.send(limit);
    assertThat(reads(client)).isTrue();
    client.send(K);
    assertThat(reads(client)).isFalse();

    proxy.connectNow();
    assertThat(reads(client)).isTrue();
    assertThat(proxy.upstream().received()).endsWith("\n\n" + limit + K);
  }

  @Test
  void anAnswerBeforeTheEndOfTheRequestEndsBothWaysAndDropsTheRest() {
    var client = proxy.client().send(LONG_REQUEST + K);

    proxy.upstream().send("HTTP/1.1 403 Forbidden\ncontent-length: 2\n\nno");
    assertThat(client.received()).startsWith("HTTP/1.1 403").endsWith("\n\nno");
    client.send(K);

    assertThat(proxy.upstream().open()).isFalse();
    assertThat(reads(client)).isTrue(); // what still comes is thrown away, so that it can read on
    assertThat(proxy.log).containsExactly("403 - via_upstream");
    assertThat(proxy.stat("http.test.downstream_rq_response_before_rq_complete")).isEqualTo(1);
  }

  @Test
  void anAnswerWhileTheRequestIsHeldBackReleasesIt() {
    var client = proxy.client().send(LONG_REQUEST + K);
    proxy.upstream().writable(false);
    client.send(K);
    assertThat(reads(client)).isFalse();

    proxy.upstream().send("HTTP/1.1 200 OK\ncontent-length: 0\n\n");

    assertThat(client.received()).startsWith("HTTP/1.1 200");
    assertThat(reads(client)).isTrue();
    assertThat(proxy.log).containsExactly("200 - via_upstream");
  }

  private void requestsKept(HeadStatus head, BodyStatus body) {
    proxy.filter(handle -> known(handle, new RequestKeeper(head, body))).configured();
  }

  private void responsesKept(HeadStatus head, BodyStatus body) {
    proxy.filter(handle -> known(handle, new ResponseKeeper(head, body))).configured();
  }

  private HttpFilter known(StreamHandle handle, HttpFilter filter) {
    handles.add(handle);
    return filter;
  }

  private static boolean reads(MemoryProxy.Peer peer) {
    return peer.channel.config().isAutoRead();
  }

  /// Answers every event of the request as it is told.
  private record RequestKeeper(HeadStatus head, BodyStatus body) implements HttpFilter {
    @Override
    public HeadStatus onRequestHead(HeaderMap requestHead, boolean end) {
      return end ? HeadStatus.CONTINUE : head;
    }

    @Override
    public BodyStatus onRequestBody(BodyBuffer requestBody, boolean end) {
      return body;
    }
  }

  /// Answers every event of the response as it is told.
  private record ResponseKeeper(HeadStatus head, BodyStatus body) implements HttpFilter {
    @Override
    public HeadStatus onResponseHead(HeaderMap responseHead, boolean end) {
      return end ? HeadStatus.CONTINUE : head;
    }

    @Override
    public BodyStatus onResponseBody(BodyBuffer responseBody, boolean end) {
      return body;
    }
  }
}
