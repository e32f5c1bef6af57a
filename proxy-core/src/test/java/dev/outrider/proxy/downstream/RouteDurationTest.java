package dev.outrider.proxy.downstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.filter.HeadStatus;
import dev.outrider.proxy.filter.HttpFilter;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.routing.ClusterChoice;
import dev.outrider.proxy.routing.RouteAction;
import dev.outrider.proxy.routing.RouteTimeouts;
import dev.outrider.proxy.routing.RouteTimeouts.GrpcCap;
import dev.outrider.proxy.routing.RouteTimeouts.StreamDuration;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How long a route lets a stream take, with time standing still.
class RouteDurationTest {
  private static final String CALL =
      "POST /a HTTP/1.1\nhost: h\ncontent-type: application/grpc\ncontent-length: 0\n";

  private final MemoryProxy proxy = new MemoryProxy();

  @AfterEach
  void nothingIsLeftOver() {
    proxy.close();
  }

  private void route(@Nullable StreamDuration stream, @Nullable GrpcCap cap) {
    proxy.action =
        RouteAction.Forward.builder(new ClusterChoice.Single("svc"))
            .timeouts(new RouteTimeouts(Duration.ofMillis(700), null, null, stream, cap))
            .build();
    proxy.configured();
  }

  private static StreamDuration of(int max, int headerMax, int offset) {
    return new StreamDuration(duration(max), duration(headerMax), duration(offset));
  }

  private static @Nullable Duration duration(int millis) {
    return millis < 0 ? null : Duration.ofMillis(millis);
  }

  @Test
  void aStreamIsOverInPlaceOfItsRequest() {
    route(of(500, -1, -1), null);
    var client = proxy.client().send("GET /a HTTP/1.1\nhost: h\n\n");
    assertThat(proxy.upstream().received()).doesNotContain("x-envoy-expected-rq-timeout-ms");
    proxy.advance(510);

    assertThat(client.received())
        .startsWith("HTTP/1.1 504 Gateway Timeout\n")
        .endsWith("downstream duration timeout");
    assertThat(proxy.log).containsExactly("504 - max_duration_timeout");
  }

  @Test
  void aRequestThatIsNotCompleteHasTakenTooLong() {
    route(of(500, -1, -1), null);
    proxy.client().send("POST /a HTTP/1.1\nhost: h\ncontent-length: 5\n\nabc");
    proxy.advance(510);

    assertThat(proxy.log).containsExactly("408 - max_duration_timeout");
    proxy.upstream().received();
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 0, -1, 300, 300m",
    "-1, 400, 100, 300, 200m",
    "-1, 400, 100, 9000, 300m",
    "250, -1, -1, 9000, 250m",
    "250, 400, -1, -1, 250m"
  })
  void aCallSaysItItselfIfTheRouteLetsIt(
      int max, int headerMax, int offset, int asked, String told) {
    route(of(max, headerMax, offset), null);
    var client =
        proxy.client().send(CALL + (asked < 0 ? "" : "grpc-timeout: " + asked + "m\n") + "\n");

    assertThat(proxy.upstream().received()).contains("\ngrpc-timeout: " + told + "\n");
    proxy.advance(310);
    assertThat(client.received()).contains("\ngrpc-status: 4\n");
  }

  /// As in Envoy, which reads what it has written.
  @Test
  void theOffsetIsTakenOffAgainWhenTheRouteIsChosenAgain() {
    proxy.filter(
        handle ->
            new HttpFilter() {
              @Override
              public HeadStatus onRequestHead(HeaderMap head, boolean end) {
                handle.clearRoute();
                return HeadStatus.CONTINUE;
              }
            });
    route(of(-1, 9000, 100), null);
    var client = proxy.client().send(CALL + "grpc-timeout: 5S\n\n");

    assertThat(proxy.upstream().received()).contains("\ngrpc-timeout: 4800m\n");
    client.close();
  }

  @ParameterizedTest
  @CsvSource({
    "400, 100, 300, 200m",
    "400, 100, 9000, 400m",
    "400, 0, -1, 400m",
    "0, 0, 300, 300m",
    "0, 500, 300, 300m"
  })
  void aCallMayBeCapped(int max, int offset, int asked, String told) {
    route(null, new GrpcCap(Duration.ofMillis(max), Duration.ofMillis(offset)));
    var client =
        proxy.client().send(CALL + (asked < 0 ? "" : "grpc-timeout: " + asked + "m\n") + "\n");

    assertThat(proxy.upstream().received())
        .contains("\ngrpc-timeout: " + told + "\n")
        .contains("x-envoy-expected-rq-timeout-ms: " + told.replace("m", "\n"));
    proxy.advance(410);
    assertThat(client.received()).contains("\ngrpc-status: 14\n");
  }

  @Test
  void anUncappedCallThatSaysNothingMayTakeAnyTime() {
    route(null, new GrpcCap(Duration.ZERO, Duration.ZERO));
    var client = proxy.client().send(CALL + "\n");
    assertThat(proxy.upstream().received()).doesNotContain("timeout");
    proxy.advance(100_000);

    assertThat(client.received()).isEmpty();
    client.close();
  }
}
