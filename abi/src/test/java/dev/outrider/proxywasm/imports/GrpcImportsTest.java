package dev.outrider.proxywasm.imports;

import static dev.outrider.proxywasm.testkit.Wat.call;
import static dev.outrider.proxywasm.testkit.Wat.report;
import static dev.outrider.proxywasm.testkit.Wat.reportAt;
import static dev.outrider.proxywasm.testkit.Wat.show;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.PluginSpec;
import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.ScriptedPlugin;
import dev.outrider.proxywasm.testkit.TestHeaders;
import dev.outrider.proxywasm.testkit.TestServices;
import dev.outrider.proxywasm.testkit.Wat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The rows of reference 3.9, and of 3.5 and 3.6 that speak of buffer 5 and maps 4 and 5.
class GrpcImportsTest {
  private static final String METADATA = "\1\0\0\0\3\0\0\0\1\0\0\0X-A\0b\0";
  private static final int MD = METADATA.length();
  private static final String CALL =
      report("proxy_grpc_call", 1000, 4, 1020, 3, 1030, 3, 1100, MD, 1200, 2, 500, 100);
  private static final String OPEN =
      report("proxy_grpc_stream", 1000, 4, 1020, 3, 1030, 3, 1100, MD, 100);
  private static final String LOCALS =
      "(call $report (local.get 0)) (call $report (local.get 1)) (call $report (local.get 2))";

  private static Wat caller() {
    return Wat.guest()
        .data(1000, "auth")
        .data(1020, "s.S")
        .data(1030, "Get")
        .data(1100, METADATA)
        .data(1200, "hi")
        .data(1300, "x-b");
  }

  /// Runs something in `on_configure`, and more in every tick.
  private static Wat caller(String first, String later) {
    return caller()
        .onConfigure("(drop " + call("proxy_set_tick_period_milliseconds", 1) + ")" + first)
        .on("proxy_on_tick", "i:", later);
  }

  private static GuestHarness start(Wat wat) {
    var services = new TestServices();
    services.grpc().addService("auth");
    services.callouts().addUpstream("auth");
    return GuestHarness.start(GuestHarness.load(wat.wasm()), "", services);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  @Test
  void sendsACallAndShowsItsAnswerToThePluginWithoutAClose() {
    var wasm =
        caller()
            .onRequestHeaders(CALL + reportAt(100))
            .on(
                "proxy_on_grpc_receive",
                "iii:",
                LOCALS
                    + report("proxy_get_buffer_bytes", 5, 0, 99, 100, 104)
                    + show(100, 104)
                    + report("proxy_get_buffer_status", 5, 100, 104)
                    + report("proxy_set_buffer_bytes", 5, 0, 0, 0, 0))
            .on("proxy_on_grpc_close", "iii:", "(call $report (i32.const 99))");

    try (var guest = start(wasm)) {
      var _ = guest.request("GET", "/");
      assertThat(guest.services().grpc().events()).containsExactly("call 5 /s.S/Get hi 500");
      assertThat(guest.services().grpc().targets().getFirst().metadata()).hasToString("x-a: b\n");
      assertThat(guest.log().texts()).as("OK and the first token").containsExactly("0", "5");

      guest.plugin().onGrpcReceive(guest.services().grpc().takeOldest(), bytes("allowed"));
      guest.plugin().onGrpcReceive(5, bytes("twice"));

      assertThat(guest.log().texts().subList(2, 9))
          .as("root, token, 7 bytes; then the buffer, which is read-only")
          .containsExactly("1", "5", "7", "0", "allowed", "0", "2");
    }
  }

  @Test
  void showsAFailedCallAsACloseWithStatusAndMessage() {
    var status = report("proxy_get_status", 100, 104, 108) + reportAt(100) + show(104, 108);
    var wasm =
        caller(CALL, status)
            .on("proxy_on_grpc_receive", "iii:", "(call $report (i32.const 99))")
            .on("proxy_on_grpc_close", "iii:", LOCALS + status);

    try (var guest = start(wasm)) {
      guest.plugin().onGrpcClose(guest.services().grpc().takeOldest(), 5, "not%20here");
      guest.tick();

      assertThat(guest.log().texts())
          .as("started; root, token, status; get_status; later the message is gone")
          .containsExactly("0", "1", "5", "5", "0", "5", "not%20here", "0", "5", "");
    }
  }

  @Test
  void showsAStreamInMetadataMessagesMetadataAndClose() {
    var read =
        report("proxy_get_header_map_value", 4, 1300, 3, 200, 204)
            + report("proxy_get_header_map_value", 5, 1300, 3, 200, 204)
            + report("proxy_get_buffer_bytes", 5, 0, 9, 200, 204);
    var wasm =
        caller(OPEN + reportAt(100), read)
            .on(
                "proxy_on_grpc_receive_initial_metadata",
                "iii:",
                LOCALS
                    + read
                    + report("proxy_get_header_map_size", 4, 100)
                    + reportAt(100)
                    + report("proxy_add_header_map_value", 4, 1300, 3, 1300, 3))
            .on("proxy_on_grpc_receive", "iii:", LOCALS + read)
            .on("proxy_on_grpc_receive_trailing_metadata", "iii:", LOCALS + read)
            .on("proxy_on_grpc_close", "iii:", LOCALS + read);

    try (var guest = start(wasm)) {
      assertThat(guest.log().takeTexts()).containsExactly("0", "6");
      var plugin = guest.plugin();

      plugin.onGrpcInitialMetadata(6, TestHeaders.of("x-b", "c"));
      assertThat(guest.log().takeTexts())
          .as("map 4 only; its bytes; read-only")
          .containsExactly("1", "6", "1", "0", "2", "1", "0", "4", "2");
      plugin.onGrpcReceive(6, bytes("one"));
      plugin.onGrpcReceive(6, bytes(""));
      assertThat(guest.log().takeTexts())
          .as("buffer 5 only, also when it is empty")
          .containsExactly("1", "6", "3", "2", "2", "0", "1", "6", "0", "2", "2", "0");
      plugin.onGrpcTrailingMetadata(6, TestHeaders.of("x-b", "c"));
      assertThat(guest.log().takeTexts())
          .as("map 5 only")
          .containsExactly("1", "6", "1", "2", "0", "1");
      plugin.onGrpcClose(6, 0, "");
      guest.tick();
      assertThat(guest.log().takeTexts())
          .as("nothing of it in the close, nor outside")
          .containsExactly("1", "6", "0", "2", "2", "1", "2", "2", "1");
    }
  }

  @Test
  void keepsWhatACallbackShowsReadableAfterTheContextIsChanged() {
    var wasm =
        caller()
            .with("(global $stream (mut i32) (i32.const 0))")
            .on(
                "proxy_on_request_headers",
                "iii:i",
                "(global.set $stream (local.get 0))" + CALL + "(i32.const 1)")
            .on(
                "proxy_on_grpc_receive",
                "iii:",
                "(call $report (call $proxy_set_effective_context (global.get $stream)))"
                    + report("proxy_get_buffer_bytes", 5, 0, 9, 100, 104)
                    + show(100, 104)
                    + report("proxy_continue_stream", 0));

    try (var guest = start(wasm)) {
      var exchange = guest.request("GET", "/");
      guest.plugin().onGrpcReceive(5, bytes("ok"));

      assertThat(guest.log().texts()).containsExactly("0", "0", "0", "ok", "0");
      assertThat(exchange.effects()).containsExactly("resume REQUEST");
    }
  }

  @Test
  void sendsOnAStreamUntilItSaysTheEnd() {
    var send = report("proxy_grpc_send", 6, 1200, 2, 0);
    var wasm = caller(OPEN + send + report("proxy_grpc_send", 6, 1200, 1, 1) + send, "");

    try (var guest = start(wasm)) {
      assertThat(guest.log().texts())
          .as("what comes after the end goes nowhere, as in Envoy")
          .containsExactly("0", "0", "0", "0");
      assertThat(guest.services().grpc().events())
          .containsExactly("open 6 /s.S/Get", "send 6 hi", "send 6 h", "end 6");
    }
  }

  @Test
  void closingAStreamEndsItsSendingSideOnly() {
    var close = report("proxy_grpc_close", 6);
    var wasm =
        caller(OPEN + close + close + report("proxy_grpc_send", 6, 1200, 2, 0), close)
            .on("proxy_on_grpc_receive", "iii:", LOCALS)
            .on("proxy_on_grpc_close", "iii:", LOCALS);

    try (var guest = start(wasm)) {
      assertThat(guest.log().takeTexts()).containsExactly("0", "0", "0", "0");
      assertThat(guest.services().grpc().events()).containsExactly("open 6 /s.S/Get", "close 6");

      guest.plugin().onGrpcReceive(6, bytes("still"));
      guest.plugin().onGrpcClose(6, 0, "");
      guest.tick();

      assertThat(guest.log().takeTexts())
          .as("closed by both: the token is gone")
          .containsExactly("1", "6", "5", "1", "6", "0", "1");
    }
  }

  @Test
  void closingACallCancelsIt() {
    var wasm =
        caller(CALL + report("proxy_grpc_close", 5) + report("proxy_grpc_close", 5), "")
            .on("proxy_on_grpc_close", "iii:", LOCALS);

    try (var guest = start(wasm)) {
      guest.plugin().onGrpcClose(5, 1, "");

      assertThat(guest.log().texts()).as("no callback after it").containsExactly("0", "0", "1");
      assertThat(guest.services().grpc().events()).last().isEqualTo("cancel 5");
    }
  }

  @Test
  void cancelsCallsAndStreamsWithoutACallback() {
    var wasm =
        caller(
                CALL
                    + OPEN
                    + report("proxy_grpc_cancel", 5)
                    + report("proxy_grpc_cancel", 6)
                    + report("proxy_grpc_cancel", 6),
                "")
            .on("proxy_on_grpc_receive", "iii:", LOCALS)
            .on("proxy_on_grpc_close", "iii:", LOCALS);

    try (var guest = start(wasm)) {
      guest.plugin().onGrpcReceive(5, bytes("late"));
      guest.plugin().onGrpcClose(6, 1, "");

      assertThat(guest.log().texts()).containsExactly("0", "0", "0", "0", "1");
      assertThat(guest.services().grpc().events()).endsWith("cancel 5", "cancel 6");
    }
  }

  @Test
  void letsAGuestThatHasNotHeardYetSendOnAStreamThatIsOver() {
    var ops = report("proxy_grpc_send", 6, 1200, 2, 0) + report("proxy_grpc_close", 6);
    var wasm = caller(OPEN, ops + ops).on("proxy_on_grpc_close", "iii:", LOCALS);

    try (var guest = start(wasm)) {
      guest.plugin().onGrpcClose(6, 14, "gone");
      guest.tick();

      assertThat(guest.log().texts())
          .as("send and close are OK, after the close the token is unknown")
          .containsExactly("0", "1", "6", "14", "0", "0", "1", "1");
      assertThat(guest.services().grpc().events()).containsExactly("open 6 /s.S/Get");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "proxy_grpc_send, 0, 2", "proxy_grpc_send, 4, 2", "proxy_grpc_send, 5, 2",
    "proxy_grpc_send, 7, 2", "proxy_grpc_send, 10, 1", "proxy_grpc_send, -2, 1",
    "proxy_grpc_cancel, 0, 2", "proxy_grpc_cancel, 4, 2", "proxy_grpc_cancel, 9, 1",
    "proxy_grpc_cancel, 7, 2", "proxy_grpc_cancel, 10, 1", "proxy_grpc_cancel, -3, 1",
    "proxy_grpc_close, 0, 2", "proxy_grpc_close, 4, 2", "proxy_grpc_close, 9, 1",
    "proxy_grpc_close, 7, 2", "proxy_grpc_close, 10, 1", "proxy_grpc_close, -2, 1"
  })
  void answersForTokensOfOtherKindsAndOfNobody(String function, long token, String expected) {
    var args =
        function.equals("proxy_grpc_send") ? new long[] {token, 1200, 2, 0} : new long[] {token};
    var wasm = caller(CALL + OPEN + report(function, args), "");

    try (var guest = start(wasm)) {
      assertThat(guest.log().texts()).containsExactly("0", "0", expected);
    }
  }

  @Test
  void keepsTheTokensOfOnePluginFromAnother() {
    var wasm =
        caller()
            .on(
                "proxy_on_configure",
                "ii:i",
                "(if (local.get 1) (then "
                    + report("proxy_grpc_send", 6, 1200, 2, 0)
                    + report("proxy_grpc_cancel", 6)
                    + report("proxy_grpc_close", 6)
                    + ") (else "
                    + OPEN
                    + ")) (i32.const 1)");

    try (var guest = start(wasm)) {
      var second = new PluginSpec("second", "", bytes("x"), false);
      var _ = guest.vm().newPlugin(second, new ScriptedPlugin());

      assertThat(guest.log().texts()).containsExactly("0", "1", "1", "1");
      assertThat(guest.services().grpc().tokens()).containsExactly(6);
    }
  }

  @Test
  void refusesAServiceThatIsNotThereAndLeavesNoToken() {
    var wasm =
        caller("(i32.store (i32.const 100) (i32.const 9))" + CALL + reportAt(100) + OPEN, "")
            .data(1000, "nope");

    try (var guest = start(wasm)) {
      assertThat(guest.log().texts()).containsExactly("4", "0", "4");
    }
  }

  @Test
  void refusesMalformedMetadataAndNamesThatAreNone() {
    var wasm =
        caller(
                report("proxy_grpc_stream", 1000, 4, 1020, 3, 1030, 3, 1100, MD - 1, 100)
                    + report("proxy_grpc_stream", 1000, 4, 1320, 3, 1030, 3, 0, 0, 100)
                    + report("proxy_grpc_stream", 1000, 4, 1020, 3, 1030, 0, 0, 0, 100),
                "")
            .data(1320, "a\r\n");

    try (var guest = start(wasm)) {
      assertThat(guest.log().texts(LogLevel.INFO)).containsExactly("4", "4", "4");
      assertThat(guest.log().texts(LogLevel.WARN)).hasSize(3);
    }
  }

  @Test
  void answersInvalidMemoryForBadPointersAndStartsNothing() {
    var wasm =
        caller(
            report("proxy_grpc_call", -1, 4, 1020, 3, 1030, 3, 1100, MD, 1200, 2, 0, 100)
                + report("proxy_grpc_call", 1000, 4, -1, 3, 1030, 3, 1100, MD, 1200, 2, 0, 100)
                + report("proxy_grpc_call", 1000, 4, 1020, 3, -1, 3, 1100, MD, 1200, 2, 0, 100)
                + report("proxy_grpc_call", 1000, 4, 1020, 3, 1030, 3, -1, MD, 1200, 2, 0, 100)
                + report("proxy_grpc_call", 1000, 4, 1020, 3, 1030, 3, 1100, MD, -1, 2, 0, 100)
                + report("proxy_grpc_call", 1000, 4, 1020, 3, 1030, 3, 1100, MD, 1200, 2, 0, -1)
                + report("proxy_grpc_stream", -1, 4, 1020, 3, 1030, 3, 1100, MD, 100)
                + report("proxy_grpc_stream", 1000, 4, 1020, 3, 1030, 3, 1100, MD, -1)
                + report("proxy_grpc_send", 6, -1, 2, 0),
            "");

    try (var guest = start(wasm)) {
      assertThat(guest.log().texts()).hasSize(9).containsOnly("6");
      assertThat(guest.services().grpc().events()).isEmpty();
    }
  }

  @Test
  void cancelsWhatAPluginLeavesBehind() {
    var wasm = caller(CALL + OPEN, "");

    try (var guest = start(wasm)) {
      guest.plugin().shutdown();
      guest.plugin().onGrpcClose(6, 0, "");

      assertThat(guest.services().grpc().tokens()).isEmpty();
      assertThat(guest.host().ends()).isEqualTo(1);
    }
  }

  @Test
  void outlivesTheStreamThatAskedForIt() {
    var wasm = caller().onRequestHeaders(CALL).on("proxy_on_grpc_receive", "iii:", LOCALS);

    try (var guest = start(wasm)) {
      guest.request("GET", "/").close();
      guest.plugin().onGrpcReceive(5, bytes("!"));

      assertThat(guest.log().texts()).containsExactly("0", "1", "5", "1");
    }
  }

  @Test
  void takesTheOlderTypeOfTheCall() {
    var wasm =
        caller()
            .imports(
                "(import \"env\" \"proxy_grpc_call\" (func $old (param"
                    + " i32".repeat(10)
                    + ") (result i32)))")
            .onConfigure(
                "(call $report (call $old (i32.const 1000) (i32.const 4) (i32.const 1020)"
                    + " (i32.const 3) (i32.const 1030) (i32.const 3) (i32.const 1200) (i32.const"
                    + " 2) (i32.const 7) (i32.const 100)))"
                    + reportAt(100));

    try (var guest = start(wasm)) {
      assertThat(guest.log().texts()).containsExactly("0", "5");
      assertThat(guest.services().grpc().events()).containsExactly("call 5 /s.S/Get hi 7");
    }
  }
}
