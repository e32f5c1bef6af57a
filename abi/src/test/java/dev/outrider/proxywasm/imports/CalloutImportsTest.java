package dev.outrider.proxywasm.imports;

import static dev.outrider.proxywasm.testkit.Wat.report;
import static dev.outrider.proxywasm.testkit.Wat.reportAt;
import static dev.outrider.proxywasm.testkit.Wat.show;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestServices;
import dev.outrider.proxywasm.testkit.Wat;
import org.junit.jupiter.api.Test;

class CalloutImportsTest {
  private static final int UPSTREAM = 1000;
  private static final int HEADERS = 1100;
  private static final int BODY = 1300;
  private static final String HEAD =
      "\3\0\0\0"
          + ("\7\0\0\0" + "\4\0\0\0" + "\5\0\0\0" + "\2\0\0\0" + "\12\0\0\0" + "\4\0\0\0")
          + (":method\0POST\0" + ":path\0/a\0" + ":authority\0auth\0");
  private static final String HEAD_WITHOUT_PATH =
      "\2\0\0\0" + "\7\0\0\0\4\0\0\0\12\0\0\0\4\0\0\0" + ":method\0POST\0:authority\0auth\0";

  private static String httpCall(int headersLength, long timeout) {
    return report(
        "proxy_http_call", UPSTREAM, 4, HEADERS, headersLength, BODY, 2, 0, 0, timeout, 100);
  }

  private static Wat caller() {
    return Wat.guest().data(UPSTREAM, "auth").data(HEADERS, HEAD).data(BODY, "hi");
  }

  private static GuestHarness start(Wat wat) {
    var services = new TestServices();
    services.callouts().addUpstream("auth");
    return GuestHarness.start(GuestHarness.load(wat.wasm()), "", services);
  }

  @Test
  void sendsARequestAndShowsItsAnswerToThePlugin() {
    var wasm =
        caller()
            .data(1400, ":status")
            .onRequestHeaders(httpCall(HEAD.length(), 500) + reportAt(100))
            .on(
                "proxy_on_http_call_response",
                "iiiii:",
                "(call $report (local.get 0)) (call $report (local.get 1))"
                    + "(call $report (local.get 2)) (call $report (local.get 3))"
                    + "(call $report (local.get 4))"
                    + report("proxy_get_header_map_value", 6, 1400, 7, 100, 104)
                    + show(100, 104)
                    + report("proxy_get_buffer_bytes", 4, 0, 99, 100, 104)
                    + show(100, 104)
                    + report("proxy_get_header_map_pairs", 7, 100, 104)
                    + report("proxy_add_header_map_value", 6, 1400, 7, 1400, 7)
                    + report("proxy_set_buffer_bytes", 4, 0, 0, 0, 0));

    try (var guest = start(wasm)) {
      var _ = guest.request("GET", "/");
      var request = guest.services().callouts().requests().getFirst();
      assertThat(request.headers()).hasToString(":method: POST\n:path: /a\n:authority: auth\n");
      assertThat(new String(request.body(), UTF_8)).isEqualTo("hi");
      assertThat(request.timeoutMillis()).isEqualTo(500);
      assertThat(guest.log().texts()).as("OK and the first token").containsExactly("0", "4");

      guest.answerCallout(200, "allowed", "x-user", "ada");

      assertThat(guest.log().texts().subList(2, 14))
          .as("root, token, 2 headers, 7 bytes, no trailers; read-only maps and buffer")
          .containsExactly("1", "4", "2", "7", "0", "0", "200", "0", "allowed", "0", "2", "2");
    }
  }

  @Test
  void forgetsTheAnswerAfterTheCallback() {
    var wasm =
        caller()
            .data(1400, ":status")
            .onRequestHeaders(httpCall(HEAD.length(), 0))
            .on("proxy_on_http_call_response", "iiiii:", "")
            .onResponseHeaders(
                report("proxy_get_header_map_value", 6, 1400, 7, 100, 104)
                    + report("proxy_get_buffer_bytes", 4, 0, 99, 100, 104));

    try (var guest = start(wasm)) {
      var exchange = guest.request("GET", "/");
      guest.answerCallout(200, "");
      var _ = exchange.respond(200, "");

      assertThat(guest.log().texts()).containsExactly("0", "2", "1");
    }
  }

  @Test
  void givesEveryRequestATokenOfItsOwn() {
    var wasm =
        caller()
            .onRequestHeaders(
                httpCall(HEAD.length(), 0)
                    + reportAt(100)
                    + httpCall(HEAD.length(), 0)
                    + reportAt(100));

    try (var guest = start(wasm)) {
      var _ = guest.request("GET", "/");

      assertThat(guest.log().texts()).containsExactly("0", "4", "0", "8");
    }
  }

  @Test
  void showsAFailureAsNoHeadersWithAStatus() {
    var wasm =
        caller()
            .onRequestHeaders(httpCall(HEAD.length(), 0))
            .on(
                "proxy_on_http_call_response",
                "iiiii:",
                "(call $report (local.get 2)) (call $report (local.get 3))"
                    + report("proxy_get_status", 100, 104, 108)
                    + reportAt(100)
                    + show(104, 108));

    try (var guest = start(wasm)) {
      var _ = guest.request("GET", "/");
      guest.failCallout();

      assertThat(guest.log().texts()).containsExactly("0", "0", "0", "0", "11", "reset");
    }
  }

  @Test
  void refusesWhatIsNoRequest() {
    var wasm =
        caller()
            .data(HEADERS, HEAD_WITHOUT_PATH)
            .onConfigure(
                httpCall(HEAD_WITHOUT_PATH.length(), 0)
                    + httpCall(HEAD_WITHOUT_PATH.length(), -1)
                    + httpCall(5, 0));

    try (var guest = start(wasm)) {
      assertThat(guest.log().texts(LogLevel.INFO)).containsExactly("2", "2", "2");
      assertThat(guest.log().texts(LogLevel.WARN))
          .first()
          .isEqualTo("proxy_http_call to 'auth' refused: no :path");
    }
  }

  @Test
  void refusesAnUnknownUpstreamAndLeavesNoToken() {
    var wasm =
        caller()
            .data(UPSTREAM, "nope")
            .onConfigure(
                "(i32.store (i32.const 100) (i32.const 9))"
                    + httpCall(HEAD.length(), 0)
                    + reportAt(100));

    try (var guest = start(wasm)) {
      assertThat(guest.log().texts()).containsExactly("2", "0");
    }
  }

  @Test
  void answersInvalidMemoryForBadPointersAndSendsNothing() {
    var wasm =
        caller()
            .onConfigure(
                report("proxy_http_call", -1, 4, HEADERS, 9, 0, 0, 0, 0, 0, 100)
                    + report("proxy_http_call", UPSTREAM, 4, -1, 9, 0, 0, 0, 0, 0, 100)
                    + report("proxy_http_call", UPSTREAM, 4, HEADERS, 9, -1, 9, 0, 0, 0, 100)
                    + report("proxy_http_call", UPSTREAM, 4, HEADERS, 9, 0, 0, -1, 9, 0, 100)
                    + report(
                        "proxy_http_call", UPSTREAM, 4, HEADERS, HEAD.length(), 0, 0, 0, 0, 0, -1));

    try (var guest = start(wasm)) {
      assertThat(guest.log().texts()).hasSize(5).containsOnly("6");
      assertThat(guest.services().callouts().requests()).isEmpty();
    }
  }

  @Test
  void cancelsWhatAPluginLeavesBehind() {
    var wasm = caller().onConfigure(httpCall(HEAD.length(), 0));

    try (var guest = start(wasm)) {
      assertThat(guest.services().callouts().requests()).hasSize(1);

      guest.plugin().shutdown();

      assertThat(guest.services().callouts().requests()).isEmpty();
      assertThat(guest.host().ends()).isEqualTo(1);
    }
  }
}
