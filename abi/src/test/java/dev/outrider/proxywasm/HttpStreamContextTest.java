package dev.outrider.proxywasm;

import static dev.outrider.proxywasm.testkit.Wat.call;
import static dev.outrider.proxywasm.testkit.Wat.report;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrider.proxywasm.host.FilterDataStatus;
import dev.outrider.proxywasm.host.FilterHeadersStatus;
import dev.outrider.proxywasm.host.FilterTrailersStatus;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestHeaders;
import dev.outrider.proxywasm.testkit.TestServices;
import dev.outrider.proxywasm.testkit.Wat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpStreamContextTest {
  private static final String HEADERS = "proxy_on_request_headers";

  private static String say(int number) {
    return "(call $report (i32.const %d))".formatted(number);
  }

  /// Says a number in every callback of a stream.
  private static Wat talkative() {
    return Wat.guest()
        .on(
            "proxy_on_context_create",
            "ii:",
            "(call $report (local.get 0)) (call $report (local.get 1))")
        .onRequestHeaders(say(11))
        .onRequestBody(say(12))
        .on("proxy_on_request_trailers", "ii:i", say(13) + "(i32.const 0)")
        .onResponseHeaders(say(14))
        .on("proxy_on_response_body", "iii:i", say(15) + "(i32.const 0)")
        .on("proxy_on_response_trailers", "ii:i", say(16) + "(i32.const 0)")
        .on("proxy_on_log", "i:", say(17))
        .on("proxy_on_done", "i:i", say(18) + "(i32.const 1)")
        .on("proxy_on_delete", "i:", say(19));
  }

  @Test
  void runsAnExchangeFromCreationToDeletion() {
    try (var guest = GuestHarness.start(talkative().wasm(), "")) {
      var exchange = guest.exchange();
      var _ = exchange.onRequestHeaders(TestHeaders.of(":path", "/"), false);
      var _ = exchange.onRequestBody("a", false);
      var _ = exchange.onRequestTrailers(TestHeaders.of("t", "1"));
      var _ = exchange.onResponseHeaders(TestHeaders.of(":status", "200"), false);
      var _ = exchange.onResponseBody("b", false);
      var _ = exchange.onResponseTrailers(TestHeaders.of("t", "1"));
      exchange.close();
      exchange.close();

      assertThat(guest.log().texts())
          .as("root 1, stream 2, then every callback once")
          .containsExactly(
              "1", "0", "2", "1", "11", "12", "13", "14", "15", "16", "17", "18", "19");
    }
  }

  @Test
  void showsNothingOfAnExchangeWhoseRequestItDidNotSeeButTheLog() {
    try (var guest = GuestHarness.start(talkative().wasm(), "")) {
      var exchange = guest.exchange().respond(200, "body");
      assertThat(exchange.responseStatus()).isEqualTo(FilterHeadersStatus.CONTINUE);
      assertThat(guest.log().texts()).as("only the root").hasSize(2);

      exchange.close();

      assertThat(guest.log().texts().subList(2, 7)).containsExactly("2", "1", "17", "18", "19");
    }
  }

  @Test
  void saysNothingToAGuestThatCouldNotLogTheExchange() {
    var wasm = Wat.guest().on("proxy_on_context_create", "ii:", say(1));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      guest.exchange().close();

      assertThat(guest.log().texts()).as("only the root").containsExactly("1");
    }
  }

  @Test
  void continuesWhereTheGuestHasNoCallback() {
    try (var guest = GuestHarness.start(Wat.guest().wasm(), "")) {
      var exchange = guest.exchange();

      assertThat(exchange.onRequestHeaders(TestHeaders.of(":path", "/"), false))
          .isEqualTo(FilterHeadersStatus.CONTINUE);
      assertThat(exchange.onRequestBody("x", false)).isEqualTo(FilterDataStatus.CONTINUE);
      assertThat(exchange.onRequestTrailers(TestHeaders.of("a", "b")))
          .isEqualTo(FilterTrailersStatus.CONTINUE);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, false, CONTINUE",
    "1, false, STOP_ALL_ITERATION_AND_WATERMARK",
    "1, true, STOP_ITERATION",
    "2, false, CONTINUE",
    "3, false, STOP_ALL_ITERATION_AND_BUFFER",
    "4, false, STOP_ALL_ITERATION_AND_WATERMARK",
    "5, false, STOP_ALL_ITERATION_AND_WATERMARK",
    "-1, true, STOP_ALL_ITERATION_AND_WATERMARK"
  })
  void mapsTheAnswerToAHead(int answer, boolean allowStop, FilterHeadersStatus expected) {
    var wasm = Wat.guest().on(HEADERS, "iii:i", "(i32.const " + answer + ")").wasm();
    var spec = new PluginSpec("p", "", new byte[0], allowStop);

    try (var guest =
        GuestHarness.start(GuestHarness.load(wasm), VmSpec.DEFAULT, spec, new TestServices())) {
      assertThat(guest.request("GET", "/").requestStatus()).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, CONTINUE",
    "1, STOP_ITERATION_AND_BUFFER",
    "2, STOP_ITERATION_AND_WATERMARK",
    "3, STOP_ITERATION_NO_BUFFER",
    "9, STOP_ITERATION_NO_BUFFER"
  })
  void mapsTheAnswerToABody(int answer, FilterDataStatus expected) {
    var wasm =
        Wat.guest()
            .onRequestHeaders("")
            .on("proxy_on_request_body", "iii:i", "(i32.const " + answer + ")");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.exchange();
      var _ = exchange.onRequestHeaders(TestHeaders.of(":path", "/"), false);

      assertThat(exchange.onRequestBody("x", true)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, CONTINUE", "1, STOP_ITERATION", "2, STOP_ITERATION"})
  void mapsTheAnswerToTrailers(int answer, FilterTrailersStatus expected) {
    var wasm =
        Wat.guest()
            .onRequestHeaders("")
            .on("proxy_on_request_trailers", "ii:i", "(i32.const " + answer + ")");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.exchange();
      var _ = exchange.onRequestHeaders(TestHeaders.of(":path", "/"), false);

      assertThat(exchange.onRequestTrailers(TestHeaders.of("a", "b"))).isEqualTo(expected);
    }
  }

  @Test
  void tellsCountsAndEndsInEitherArity() {
    var three =
        Wat.guest()
            .abi("0.1.0")
            .onRequestHeaders("(call $report (local.get 1)) (call $report (local.get 2))");
    var two = Wat.guest().on(HEADERS, "ii:i", "(call $report (local.get 1)) (i32.const 0)");

    try (var first = GuestHarness.start(three.wasm(), "");
        var second = GuestHarness.start(two.wasm(), "")) {
      var _ = first.request("GET", "/");
      var _ = second.request("GET", "/");

      assertThat(first.log().texts()).as("0.1.0 with end of stream").containsExactly("4", "1");
      assertThat(second.log().texts()).as("0.2.1 without").containsExactly("4");
    }
  }

  @Test
  void failsTheStreamWhoseGuestTraps() {
    var wasm =
        Wat.guest()
            .onRequestHeaders(
                report("proxy_send_local_response", 200, 0, 0, 0, 0, 0, 0, -1)
                    + report("proxy_continue_stream", 0)
                    + "(unreachable)")
            .onResponseHeaders(say(1))
            .on("proxy_on_log", "i:", say(2));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/").respond(200, "");
      exchange.close();

      assertThat(exchange.effects())
          .as("nothing else that it had asked for")
          .containsExactly("failed");
      assertThat(exchange.requestStatus())
          .isEqualTo(FilterHeadersStatus.STOP_ALL_ITERATION_AND_WATERMARK);
      assertThat(exchange.responseStatus())
          .isEqualTo(FilterHeadersStatus.STOP_ALL_ITERATION_AND_WATERMARK);
      assertThat(exchange.context().failure())
          .isInstanceOfSatisfying(
              GuestFailure.Trap.class, trap -> assertThat(trap.function()).isEqualTo(HEADERS));
      assertThat(guest.log().texts()).as("no further callback").containsExactly("0", "0");
    }
  }

  @Test
  void failsTheOtherStreamsOfTheVmAtTheirNextCallback() {
    var wasm =
        Wat.guest()
            .on(
                HEADERS,
                "iii:i",
                "(if (i32.eq (local.get 1) (i32.const 5)) (then (unreachable)))" + "(i32.const 0)");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var healthy = guest.request("GET", "/");
      var _ = guest.request("GET", "/", "one", "more");
      assertThat(healthy.effects()).as("not before it is its turn").isEmpty();

      var _ = healthy.respond(200, "body");

      assertThat(healthy.effects()).containsExactly("failed");
      assertThat(guest.request("GET", "/").effects()).as("a new stream").containsExactly("failed");
    }
  }

  @Test
  void ridesOutATrapInTheLog() {
    var wasm = Wat.guest().onRequestHeaders("").on("proxy_on_log", "i:", "(unreachable)");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/").respond(200, "");
      exchange.close();

      assertThat(exchange.effects()).as("that request is fine").isEmpty();
      assertThat(guest.host().failures()).isEqualTo(1);
    }
  }

  @Test
  void dropsTheEffectsOfAStreamThatHasEnded() {
    var wasm =
        Wat.guest()
            .on(HEADERS, "iii:i", "(i32.const 1)")
            .on("proxy_on_log", "i:", report("proxy_continue_stream", 0));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/");
      exchange.close();

      assertThat(exchange.effects()).isEmpty();
    }
  }

  @Test
  void refusesACallbackOfAClosedStream() {
    try (var guest = GuestHarness.start(Wat.guest().onRequestHeaders("").wasm(), "")) {
      var exchange = guest.request("GET", "/");
      exchange.close();

      assertThatThrownBy(() -> exchange.respond(200, "")).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void waitsForItsStreamsBeforeAPluginEnds() {
    var wasm =
        Wat.guest().onRequestHeaders("").on("proxy_on_done", "i:i", say(1) + "(i32.const 1)");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/");
      guest.plugin().shutdown();
      assertThat(guest.host().ends()).isZero();
      assertThatThrownBy(guest::exchange).isInstanceOf(IllegalStateException.class);

      exchange.close();

      assertThat(guest.host().ends()).isEqualTo(1);
      assertThat(guest.log().texts())
          .as("done of the stream, then of the root")
          .containsExactly("1", "1");
    }
  }

  @Test
  void resumesAnotherStreamInTheOrderOfAsking() {
    var wasm =
        Wat.guest()
            .with("(global $first (mut i32) (i32.const 0))")
            .on(
                HEADERS,
                "iii:i",
                "(if (global.get $first) (then (drop (call $proxy_set_effective_context"
                    + " (global.get $first))) (drop "
                    + call("proxy_continue_stream", 0)
                    + ")) (else (global.set $first (local.get 0)))) (i32.const 1)");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var first = guest.request("GET", "/");
      var second = guest.request("GET", "/");

      assertThat(first.effects()).containsExactly("resume REQUEST");
      assertThat(second.effects()).isEmpty();
      assertThat(second.requestWentOn()).isFalse();
    }
  }
}
