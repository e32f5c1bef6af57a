package dev.outrider.proxywasm.imports;

import static dev.outrider.proxywasm.testkit.Wat.call;
import static dev.outrider.proxywasm.testkit.Wat.report;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.host.FilterDataStatus;
import dev.outrider.proxywasm.host.FilterHeadersStatus;
import dev.outrider.proxywasm.host.FilterTrailersStatus;
import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestHeaders;
import dev.outrider.proxywasm.testkit.Wat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamImportsTest {
  private static final String HEADERS = "proxy_on_request_headers";
  private static final String PAIRS = "\1\0\0\0\3\0\0\0\1\0\0\0X-A\0b\0";

  /// Remembers the stream, pauses it, and lets a tick act on it.
  private static Wat pausedUntilTick(String onTick) {
    return Wat.guest()
        .with("(global $stream (mut i32) (i32.const 0))")
        .onConfigure("(drop " + call("proxy_set_tick_period_milliseconds", 5) + ")")
        .on(HEADERS, "iii:i", "(global.set $stream (local.get 0)) (i32.const 1)")
        .on(
            "proxy_on_tick",
            "i:",
            "(drop (call $proxy_set_effective_context (global.get $stream)))" + onTick);
  }

  @Test
  void resumesAPausedStreamFromACallbackOfThePlugin() {
    var wasm = pausedUntilTick(report("proxy_continue_stream", 0));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/");
      assertThat(exchange.requestWentOn()).as("while paused").isFalse();

      guest.tick();

      assertThat(exchange.effects()).containsExactly("resume REQUEST");
      assertThat(exchange.requestWentOn()).isTrue();
      assertThat(guest.log().texts()).containsExactly("0");
    }
  }

  @Test
  void turnsAResumeInsideTheCallbackIntoItsStatus() {
    var wasm =
        Wat.guest().on(HEADERS, "iii:i", report("proxy_continue_stream", 0) + "(i32.const 1)");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/");

      assertThat(exchange.requestStatus()).isEqualTo(FilterHeadersStatus.CONTINUE);
      assertThat(exchange.effects()).as("nothing left to resume").isEmpty();
    }
  }

  @Test
  void closesTheMapsOfAStreamAsItResumes() {
    var wasm =
        Wat.guest()
            .data(1000, ":path")
            .on(
                HEADERS,
                "iii:i",
                report("proxy_continue_stream", 0)
                    + report("proxy_get_header_map_value", 0, 1000, 5, 100, 104)
                    + "(i32.const 1)");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var _ = guest.request("GET", "/");

      assertThat(guest.log().texts()).containsExactly("0", "2");
    }
  }

  @Test
  void letsAGuestResumeTheResponseFirstAndEditItThen() {
    var add = report("proxy_add_header_map_value", 2, 1000, 3, 1000, 3);
    var wasm =
        Wat.guest()
            .data(1000, "x-a")
            .with("(global $stream (mut i32) (i32.const 0))")
            .onConfigure("(drop " + call("proxy_set_tick_period_milliseconds", 5) + ")")
            .onRequestHeaders("(global.set $stream (local.get 0))")
            .on("proxy_on_response_headers", "iii:i", "(i32.const 1)")
            .on(
                "proxy_on_tick",
                "i:",
                "(drop (call $proxy_set_effective_context (global.get $stream)))"
                    + report("proxy_continue_stream", 1)
                    + add);

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/").respond(200, "");
      guest.tick();
      assertThat(exchange.responseHeaders().all("x-a")).containsExactly("x-a");
      assertThat(exchange.effects()).containsExactly("resume RESPONSE");

      guest.tick();
      assertThat(guest.log().texts())
          .as("once it has gone on there is nothing to edit")
          .containsExactly("0", "0", "0", "2");
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 0", "2, 0", "3, 12", "4, 2", "-1, 2"})
  void answersForEveryDirectionOfContinue(long direction, String expected) {
    var wasm =
        Wat.guest()
            .onConfigure(report("proxy_continue_stream", direction))
            .onRequestHeaders(report("proxy_continue_stream", direction));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/");

      assertThat(guest.log().texts())
          .as("outside and in a stream")
          .containsExactly(expected, expected);
      assertThat(exchange.effects()).doesNotContain("resume REQUEST");
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0, close REQUEST", "1, 0, close RESPONSE", "2, 0, ", "3, 0, ", "4, 2, "})
  void closesAStream(long direction, String expected, String effect) {
    var wasm = Wat.guest().onRequestHeaders(report("proxy_close_stream", direction));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/");

      assertThat(guest.log().texts()).containsExactly(expected);
      if (effect == null) {
        assertThat(exchange.effects()).isEmpty();
        assertThat(exchange.requestWentOn()).isTrue();
      } else {
        assertThat(exchange.effects()).containsExactly(effect);
        assertThat(exchange.requestStatus())
            .isEqualTo(FilterHeadersStatus.STOP_ALL_ITERATION_AND_WATERMARK);
      }
    }
  }

  @Test
  void answersInPlaceOfTheService() {
    var wasm =
        Wat.guest()
            .data(1000, "too many\tcalls")
            .data(1100, "slow down")
            .data(1200, PAIRS)
            .onRequestHeaders(
                report(
                    "proxy_send_local_response", 429, 1000, 14, 1100, 9, 1200, PAIRS.length(), -1));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/");

      assertThat(exchange.effects()).containsExactly("reply 429");
      assertThat(exchange.requestStatus())
          .as("whatever the guest returned")
          .isEqualTo(FilterHeadersStatus.STOP_ALL_ITERATION_AND_WATERMARK);
      assertThat(exchange.reply().details()).isEqualTo("too_many_calls");
      assertThat(exchange.replyBody()).isEqualTo("slow down");
      assertThat(exchange.replyHeader("x-a")).isEqualTo("b");
      assertThat(exchange.reply().grpcStatus()).isEqualTo(-1);
    }
  }

  @Test
  void sendsTheFirstOfTwoAnswersAndNothingElse() {
    var wasm =
        Wat.guest()
            .onRequestHeaders(
                report("proxy_continue_stream", 0)
                    + report("proxy_send_local_response", 403, 0, 0, 0, 0, 0, 0, 7)
                    + report("proxy_close_stream", 0)
                    + report("proxy_send_local_response", 404, 0, 0, 0, 0, 0, 0, 17));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/");

      assertThat(guest.log().texts()).containsExactly("0", "0", "0", "0");
      assertThat(exchange.effects()).containsExactly("reply 403");
      assertThat(exchange.reply().grpcStatus()).isEqualTo(7);
    }
  }

  @Test
  void stopsBodyAndTrailersAfterAnAnswer() {
    var reply = report("proxy_send_local_response", 400, 0, 0, 0, 0, 0, 0, -1);
    var wasm =
        Wat.guest()
            .onRequestHeaders("")
            .onRequestBody(reply)
            .on("proxy_on_request_trailers", "ii:i", reply + "(i32.const 0)");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.exchange();
      var _ = exchange.onRequestHeaders(TestHeaders.of(":path", "/"), false);

      assertThat(exchange.onRequestBody("x", false))
          .isEqualTo(FilterDataStatus.STOP_ITERATION_NO_BUFFER);
      assertThat(exchange.onRequestTrailers(TestHeaders.of("a", "b")))
          .isEqualTo(FilterTrailersStatus.STOP_ITERATION);
    }
  }

  @Test
  void answersFromACallbackOfThePlugin() {
    var wasm = pausedUntilTick(report("proxy_send_local_response", 401, 0, 0, 0, 0, 0, 0, -1));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/");
      guest.tick();

      assertThat(exchange.effects()).containsExactly("reply 401");
    }
  }

  @Test
  void saysThatAnAnswerOutsideAStreamDoesNothing() {
    var wasm =
        Wat.guest().onConfigure(report("proxy_send_local_response", 401, 0, 0, 0, 0, 0, 0, -1));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts(LogLevel.INFO)).containsExactly("0");
      assertThat(guest.log().texts(LogLevel.WARN))
          .singleElement()
          .asString()
          .contains("proxy_set_effective_context");
    }
  }

  @Test
  void refusesAnAnswerThatCannotBeSent() {
    var evil = "\1\0\0\0\1\0\0\0\2\0\0\0a\0b\n\0";
    var wasm =
        Wat.guest()
            .data(1200, evil)
            .onRequestHeaders(
                report("proxy_send_local_response", 200, -1, 2, 0, 0, 0, 0, -1)
                    + report("proxy_send_local_response", 200, 0, 0, 131_000, 100, 0, 0, -1)
                    + report("proxy_send_local_response", 200, 0, 0, 0, 0, 131_072, 1, -1)
                    + report(
                        "proxy_send_local_response", 200, 0, 0, 0, 0, 1200, evil.length(), -1));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/");

      assertThat(guest.log().texts(LogLevel.INFO)).containsExactly("6", "6", "6", "2");
      assertThat(exchange.effects()).isEmpty();
    }
  }

  @Test
  void resumesInTheWordsOfTheOldestAbi() {
    var wasm =
        Wat.guest()
            .abi("0.1.0")
            .on(HEADERS, "ii:i", report("proxy_continue_request") + "(i32.const 1)")
            .on(
                "proxy_on_response_headers",
                "ii:i",
                report("proxy_continue_response")
                    + report("proxy_clear_route_cache")
                    + "(i32.const 1)");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/").respond(200, "");

      assertThat(exchange.requestStatus()).isEqualTo(FilterHeadersStatus.CONTINUE);
      assertThat(exchange.responseStatus()).isEqualTo(FilterHeadersStatus.CONTINUE);
      assertThat(exchange.host().routeClears()).isEqualTo(1);
    }
  }
}
