package dev.outrider.proxywasm.imports;

import static dev.outrider.proxywasm.testkit.Wat.call;
import static dev.outrider.proxywasm.testkit.Wat.report;
import static dev.outrider.proxywasm.testkit.Wat.reportAt;
import static dev.outrider.proxywasm.testkit.Wat.show;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.host.HeaderMapKind;
import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestHeaders;
import dev.outrider.proxywasm.testkit.Wat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderImportsTest {
  private static final int NAME = 1000;
  private static final int VALUE = 2000;
  private static final long OUTSIDE = 131_072;
  private static final long WRAPS = -8;

  @Test
  void readsAHeaderWhateverTheCaseOfItsName() {
    var wasm =
        Wat.guest()
            .data(NAME, "X-Name")
            .onRequestHeaders(
                report("proxy_get_header_map_value", 0, NAME, 6, 100, 104) + show(100, 104));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var _ = guest.request("GET", "/", "x-name", "Ada", "x-name", "Grace");

      assertThat(guest.log().texts()).as("status and the first value").containsExactly("0", "Ada");
    }
  }

  @Test
  void answersNotFoundForAMissingHeader() {
    var wasm =
        Wat.guest()
            .data(NAME, "x-none")
            .onRequestHeaders(report("proxy_get_header_map_value", 0, NAME, 6, 100, 104));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var _ = guest.request("GET", "/");

      assertThat(guest.log().texts()).containsExactly("1");
    }
  }

  @Test
  void answersAnEmptyValueForAMissingHeaderUnderTheOldestAbi() {
    var wasm =
        Wat.guest()
            .abi("0.1.0")
            .data(NAME, "x-none")
            .onRequestHeaders(
                "(i32.store (i32.const 100) (i32.const 7))"
                    + report("proxy_get_header_map_value", 0, NAME, 6, 100, 104)
                    + reportAt(100)
                    + reportAt(104));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var _ = guest.request("GET", "/");

      assertThat(guest.log().texts()).as("OK, null, 0").containsExactly("0", "0", "0");
    }
  }

  @Test
  void allocatesNothingForAnEmptyValue() {
    var wasm =
        Wat.guest()
            .allocator("(func (export \"malloc\") (param i32) (result i32) (unreachable))")
            .data(NAME, "x-empty")
            .onRequestHeaders(report("proxy_get_header_map_value", 0, NAME, 7, 100, 104));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/", "x-empty", "");

      assertThat(guest.log().texts()).containsExactly("0");
      assertThat(exchange.effects()).isEmpty();
    }
  }

  @Test
  void addsReplacesAndRemovesUnderLowerCaseNames() {
    var wasm =
        Wat.guest()
            .data(NAME, "X-One")
            .data(NAME + 10, "x-gone")
            .data(VALUE, "ab")
            .onRequestHeaders(
                report("proxy_add_header_map_value", 0, NAME, 5, VALUE, 1)
                    + report("proxy_add_header_map_value", 0, NAME, 5, VALUE, 2)
                    + report("proxy_remove_header_map_value", 0, NAME + 10, 6)
                    + report("proxy_remove_header_map_value", 0, NAME + 10, 6))
            .onResponseHeaders(report("proxy_replace_header_map_value", 2, NAME, 5, VALUE, 2));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange =
          guest.request("GET", "/", "x-gone", "1").respond(200, "", "x-one", "1", "x-one", "2");

      assertThat(exchange.requestHeaders().all("x-one")).containsExactly("a", "ab");
      assertThat(exchange.requestHeaders().first("x-gone")).isNull();
      assertThat(exchange.responseHeaders().all("x-one")).containsExactly("ab");
      assertThat(guest.log().texts()).containsExactly("0", "0", "0", "0", "0");
    }
  }

  @Test
  void choosesTheRouteAnewAfterEachWriteToTheRequestHeadersOnly() {
    var wasm =
        Wat.guest()
            .data(NAME, "x-one")
            .onRequestHeaders(
                report("proxy_add_header_map_value", 0, NAME, 5, NAME, 5)
                    + report("proxy_replace_header_map_value", 0, NAME, 5, NAME, 5)
                    + report("proxy_get_header_map_value", 0, NAME, 5, 100, 104))
            .onResponseHeaders(report("proxy_add_header_map_value", 2, NAME, 5, NAME, 5));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/").respond(200, "");

      assertThat(exchange.host().routeClears()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\r\nx-evil: 1", "a\nb", "a\rb", "a\0b"})
  void refusesAValueThatWouldSmuggleAHeader(String value) {
    var wasm =
        Wat.guest()
            .data(NAME, "x-one")
            .data(VALUE, value)
            .onRequestHeaders(
                report("proxy_add_header_map_value", 0, NAME, 5, VALUE, value.length())
                    + report("proxy_replace_header_map_value", 0, NAME, 5, VALUE, value.length()));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/");

      assertThat(guest.log().texts(LogLevel.INFO)).containsExactly("2", "2");
      assertThat(guest.log().texts(LogLevel.WARN))
          .containsOnly("header 'x-one' refused: CR, LF or NUL in its value");
      assertThat(exchange.requestHeaders().first("x-one")).isNull();
    }
  }

  @Test
  void saysWhenTheHostCanHaveNoSuchField() {
    var wasm =
        Wat.guest()
            .data(NAME, ":status")
            .data(VALUE, "ok")
            .onRequestHeaders("")
            .onResponseHeaders(
                report("proxy_replace_header_map_value", 2, NAME, 7, VALUE, 2)
                    + report("proxy_add_header_map_value", 2, NAME, 7, VALUE, 2));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/").respond(200, "");

      assertThat(exchange.responseHeaders().all(":status")).containsExactly("200");
      assertThat(guest.log().texts(LogLevel.INFO)).containsExactly("2", "2");
      assertThat(guest.log().texts(LogLevel.WARN))
          .containsOnly("header ':status' refused: not a field the host can have");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"x one", "x:one", "x\none", "\u00fcber"})
  void refusesANameThatIsNone(String name) {
    var wasm =
        Wat.guest()
            .data(NAME, name)
            .onRequestHeaders(report("proxy_add_header_map_value", 0, NAME, 5, NAME, 1));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/");

      assertThat(guest.log().texts(LogLevel.INFO)).containsExactly("2");
      assertThat(exchange.requestHeaders().size()).as("the pseudo-headers").isEqualTo(4);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {OUTSIDE, WRAPS})
  void answersInvalidMemoryForBadPointers(long bad) {
    var wasm =
        Wat.guest()
            .data(NAME, "x-one")
            .onRequestHeaders(
                report("proxy_get_header_map_value", 0, bad, 16, 100, 104)
                    + report("proxy_get_header_map_value", 0, NAME, 5, bad, 104)
                    + report("proxy_get_header_map_value", 0, NAME, 5, 100, bad)
                    + report("proxy_add_header_map_value", 0, bad, 16, NAME, 5)
                    + report("proxy_add_header_map_value", 0, NAME, 5, bad, 16)
                    + report("proxy_replace_header_map_value", 0, NAME, 5, NAME, bad)
                    + report("proxy_remove_header_map_value", 0, bad, 16)
                    + report("proxy_get_header_map_size", 0, bad + 6));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var _ = guest.request("GET", "/", "x-one", "1");

      assertThat(guest.log().texts()).hasSize(8).containsOnly("6");
    }
  }

  @Test
  void lookAtTheMapBeforeTheMemory() {
    var wasm =
        Wat.guest()
            .onRequestHeaders(
                report("proxy_get_header_map_value", 8, OUTSIDE, 4, 100, 104)
                    + report("proxy_add_header_map_value", -1, OUTSIDE, 4, OUTSIDE, 4)
                    + report("proxy_get_header_map_size", 8, OUTSIDE));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var _ = guest.request("GET", "/");

      assertThat(guest.log().texts()).containsExactly("2", "2", "2");
    }
  }

  @Test
  void answersInvalidMemoryWhenTheGuestHasNoMemoryLeft() {
    var wasm =
        Wat.guest()
            .allocator("(func (export \"malloc\") (param i32) (result i32) (i32.const 0))")
            .data(NAME, "x-one")
            .onRequestHeaders(report("proxy_get_header_map_value", 0, NAME, 5, 100, 104));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var _ = guest.request("GET", "/", "x-one", "1");

      assertThat(guest.log().texts()).containsExactly("6");
    }
  }

  @Test
  void closesTheRequestHeadersOnceTheyWentOn() {
    var wasm =
        Wat.guest()
            .data(NAME, ":path")
            .onRequestHeaders("")
            .onResponseHeaders(
                report("proxy_get_header_map_value", 0, NAME, 5, 100, 104)
                    + report("proxy_remove_header_map_value", 0, NAME, 5)
                    + report("proxy_get_header_map_pairs", 0, 100, 104)
                    + reportAt(104));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var _ = guest.request("GET", "/").respond(200, "");

      assertThat(guest.log().texts())
          .as("pairs are empty, not an error")
          .containsExactly("2", "2", "0", "0");
    }
  }

  @Test
  void hasNoResponseHeadersWhileTheRequestIsShown() {
    var wasm =
        Wat.guest()
            .data(NAME, ":status")
            .onRequestHeaders(
                report("proxy_get_header_map_value", 2, NAME, 7, 100, 104)
                    + report("proxy_get_header_map_size", 2, 100)
                    + report("proxy_add_header_map_value", 6, NAME, 7, NAME, 7));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var _ = guest.request("GET", "/");

      assertThat(guest.log().texts()).containsExactly("2", "2", "2");
    }
  }

  @Test
  void hasNoMapsOutsideAStream() {
    var wasm =
        Wat.guest()
            .data(NAME, ":path")
            .onConfigure(
                report("proxy_get_header_map_value", 0, NAME, 5, 100, 104)
                    + report("proxy_replace_header_map_value", 0, NAME, 5, NAME, 5));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts()).containsExactly("2", "2");
    }
  }

  @Test
  void showsHeadsReadOnlyToTheLog() {
    var wasm =
        Wat.guest()
            .data(NAME, ":path")
            .data(NAME + 10, ":status")
            .onRequestHeaders("")
            .on(
                "proxy_on_log",
                "i:",
                report("proxy_get_header_map_value", 0, NAME, 5, 100, 104)
                    + show(100, 104)
                    + report("proxy_get_header_map_value", 2, NAME + 10, 7, 100, 104)
                    + show(100, 104)
                    + report("proxy_add_header_map_value", 0, NAME, 5, NAME, 5)
                    + report("proxy_get_header_map_value", 1, NAME, 5, 100, 104));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      guest.request("GET", "/p").respond(204, "").close();

      assertThat(guest.log().texts())
          .as("reads work, a write does not, trailers are NOT_FOUND")
          .containsExactly("0", "/p", "0", "204", "2", "1");
    }
  }

  @Test
  void keepsTrailersWritableInTheLog() {
    var ops =
        report("proxy_add_header_map_value", 1, NAME, 5, NAME, 5)
            + report("proxy_add_header_map_value", 2, NAME, 5, NAME, 5)
            + report("proxy_add_header_map_value", 3, NAME, 5, NAME, 5);
    var wasm = Wat.guest().data(NAME, "x-sum").onRequestHeaders("").on("proxy_on_log", "i:", ops);

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/").respond(200, "body");
      var _ = exchange.onResponseTrailers(TestHeaders.of("x-sum", "42"));
      exchange.close();

      assertThat(guest.log().texts())
          .as("no request trailers, the head is read-only, the trailers are not")
          .containsExactly("2", "2", "0");
    }
  }

  @Test
  void makesTrailersWhenTheirSizeIsAskedForInTheLastBodyCallback() {
    var wasm =
        Wat.guest()
            .onRequestHeaders(report("proxy_get_header_map_size", 1, 100))
            .onRequestBody(report("proxy_get_header_map_size", 1, 100) + reportAt(100));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.exchange();
      var _ = exchange.onRequestHeaders(TestHeaders.of(":path", "/"), false);
      var _ = exchange.onRequestBody("two", true);

      assertThat(guest.log().texts())
          .as("not there; made, and empty")
          .containsExactly("2", "0", "0");
      assertThat(exchange.map(HeaderMapKind.REQUEST_TRAILERS).size()).isZero();
    }
  }

  @Test
  void countsTheBytesOfAMap() {
    var wasm =
        Wat.guest().onRequestHeaders(report("proxy_get_header_map_size", 0, 100) + reportAt(100));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.exchange();
      var _ = exchange.onRequestHeaders(TestHeaders.of(":path", "/", "a", "bc"), true);

      assertThat(guest.log().texts()).containsExactly("0", "9");
    }
  }

  @Test
  void makesTrailersInTheLastBodyCallbackOnly() {
    var wasm =
        Wat.guest()
            .data(NAME, "x-sum")
            .onRequestHeaders("")
            .onRequestBody(report("proxy_add_header_map_value", 1, NAME, 5, NAME, 5));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.exchange();
      var _ = exchange.onRequestHeaders(TestHeaders.of(":path", "/"), false);
      var _ = exchange.onRequestBody("one", false);
      assertThat(exchange.host().map(HeaderMapKind.REQUEST_TRAILERS)).as("too early").isNull();

      var _ = exchange.onRequestBody("two", true);

      assertThat(exchange.map(HeaderMapKind.REQUEST_TRAILERS).first("x-sum")).isEqualTo("x-sum");
      assertThat(guest.log().texts()).containsExactly("2", "0");
    }
  }

  @Test
  void readsAndWritesTrailersWhileTheyAreShown() {
    var wasm =
        Wat.guest()
            .data(NAME, "x-sum")
            .onRequestHeaders("")
            .on(
                "proxy_on_response_trailers",
                "ii:i",
                report("proxy_get_header_map_value", 3, NAME, 5, 100, 104)
                    + show(100, 104)
                    + report("proxy_remove_header_map_value", 3, NAME, 5)
                    + "(i32.const 0)");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/").respond(200, "body");
      var trailers = TestHeaders.of("x-sum", "42");
      var _ = exchange.onResponseTrailers(trailers);

      assertThat(guest.log().texts()).containsExactly("0", "42", "0");
      assertThat(trailers.size()).isZero();
    }
  }

  @Test
  void showsThePausedHeadToACallbackOfThePlugin() {
    var wasm =
        Wat.guest()
            .data(NAME, ":path")
            .with("(global $stream (mut i32) (i32.const 0))")
            .onConfigure("(drop " + call("proxy_set_tick_period_milliseconds", 5) + ")")
            .on(
                "proxy_on_request_headers",
                "iii:i",
                "(global.set $stream (local.get 0)) (i32.const 1)")
            .on(
                "proxy_on_tick",
                "i:",
                report("proxy_get_header_map_value", 0, NAME, 5, 100, 104)
                    + "(call $report (call $proxy_set_effective_context (global.get $stream)))"
                    + report("proxy_get_header_map_value", 0, NAME, 5, 100, 104)
                    + report("proxy_replace_header_map_value", 0, NAME, 5, NAME, 5));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/");
      guest.tick();

      assertThat(guest.log().texts()).containsExactly("2", "0", "0", "0");
      assertThat(exchange.requestHeaders().first(":path")).isEqualTo(":path");
    }
  }
}
