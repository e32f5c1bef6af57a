package dev.outrider.proxywasm.imports;

import static dev.outrider.proxywasm.testkit.Wat.report;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.PluginSpec;
import dev.outrider.proxywasm.VmSpec;
import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.host.PluginLimits;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestServices;
import dev.outrider.proxywasm.testkit.Wat;
import org.junit.jupiter.api.Test;

class CalloutBudgetTest {
  private static final String HEAD =
      "\3\0\0\0"
          + ("\7\0\0\0" + "\3\0\0\0" + "\5\0\0\0" + "\1\0\0\0" + "\12\0\0\0" + "\1\0\0\0")
          + (":method\0GET\0" + ":path\0/\0" + ":authority\0a\0");
  private static final String HTTP =
      report("proxy_http_call", 1000, 1, 1100, HEAD.length(), 1200, 8, 0, 0, 0, 100);
  private static final String GRPC =
      report("proxy_grpc_call", 1000, 1, 1000, 1, 1000, 1, 0, 0, 1200, 8, 0, 100);
  private static final String OPEN =
      report("proxy_grpc_stream", 1000, 1, 1000, 1, 1000, 1, 0, 0, 100);
  private static final String SEND = report("proxy_grpc_send", 6, 1200, 8, 0);

  private static Wat caller(String onConfigure) {
    return Wat.guest()
        .data(1000, "a")
        .data(1100, HEAD)
        .data(1200, "12345678")
        .onConfigure(onConfigure);
  }

  private static GuestHarness start(Wat wat, int maxCallouts, long maxBytes) {
    return start(wat, maxCallouts, maxBytes, new TestServices());
  }

  private static GuestHarness start(
      Wat wat, int maxCallouts, long maxBytes, TestServices services) {
    services.grpc().addService("a");
    services.callouts().addUpstream("a");
    var usual = PluginLimits.DEFAULT;
    var limits =
        new PluginLimits(
            usual.calls(), usual.pause(), maxCallouts, maxBytes, usual.logLinesPerSecond());
    return GuestHarness.start(
        GuestHarness.load(wat.wasm()),
        VmSpec.DEFAULT,
        new PluginSpec("test", "", new byte[0], false, limits),
        services);
  }

  @Test
  void refusesMoreCallsOfAnyKindThanTheLimitAndSaysSoOnce() {
    try (var guest = start(caller(HTTP + GRPC + OPEN + HTTP + GRPC + OPEN), 3, 1000)) {
      assertThat(guest.log().texts(LogLevel.INFO)).containsExactly("0", "0", "0", "10", "10", "10");
      assertThat(guest.log().texts(LogLevel.WARN))
          .containsExactly(
              "call refused: 3 calls of this plugin have not ended, which is its limit");
      assertThat(guest.host().refusedCallouts()).isEqualTo(3);
    }
  }

  @Test
  void allowsTheNextCallWhenOneHasEnded() {
    var wasm = caller(HTTP + HTTP).on("proxy_on_http_call_response", "iiiii:", HTTP + HTTP);

    try (var guest = start(wasm, 1, 1000)) {
      guest.answerCallout(200, "");

      assertThat(guest.log().texts(LogLevel.INFO)).containsExactly("0", "10", "0", "10");
    }
  }

  @Test
  void refusesBodiesAndMessagesOverTheLimitOfBytes() {
    try (var guest = start(caller(HTTP + GRPC + HTTP + GRPC + OPEN), 10, 45)) {
      assertThat(guest.log().texts(LogLevel.INFO)).containsExactly("0", "0", "10", "10", "0");
      assertThat(guest.log().texts(LogLevel.WARN))
          .containsExactly(
              "35 bytes refused: calls of this plugin hold 43 bytes already, its limit is 45");
    }
  }

  @Test
  void refusesMessagesOnAStreamThatNobodyTakes() {
    var services = new TestServices();
    services.grpc().stall();
    try (var guest = start(caller(OPEN + SEND + SEND + SEND), 10, 20, services)) {
      assertThat(guest.log().texts(LogLevel.INFO))
          .as("a status that the Rust SDK does not panic on")
          .containsExactly("0", "0", "0", "2");
      assertThat(guest.host().refusedCallouts()).isEqualTo(1);
    }
  }

  @Test
  void aMillionCallsInOneCallbackLeaveNoMoreThanTheLimit() {
    var loop =
        """
        (local.set $n (i32.const 1000000))
        (loop $next
          (local.set $s %s)
          (if (i32.eqz (local.get $s)) (then (global.set $ok (i32.add (global.get $ok) (i32.const 1)))))
          (if (i32.eq (local.get $s) (i32.const 10)) (then (global.set $no (i32.add (global.get $no) (i32.const 1)))))
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (br_if $next (local.get $n)))
        (call $report (global.get $ok)) (call $report (global.get $no))
        """
            .formatted(
                Wat.call("proxy_http_call", 1000, 1, 1100, HEAD.length(), 1200, 8, 0, 0, 0, 100));
    var wasm =
        caller("")
            .with("(global $ok (mut i32) (i32.const 0)) (global $no (mut i32) (i32.const 0))")
            .on(
                "proxy_on_configure",
                "ii:i",
                "(local $n i32) (local $s i32)" + loop + "(i32.const 1)");
    var services = new TestServices();

    try (var guest = start(wasm, 1_024, 1 << 20, services)) {
      assertThat(guest.log().texts(LogLevel.INFO)).containsExactly("1024", "998976");
      assertThat(services.callouts().tokens()).hasSize(1_024);
      assertThat(guest.log().texts(LogLevel.WARN)).hasSize(1);

      guest.vm().close();

      assertThat(services.callouts().tokens()).isEmpty();
    }
  }

  @Test
  void aMillionCallsOneAfterTheOtherLeaveNothing() {
    var wasm =
        caller("")
            .onRequestHeaders("(drop " + call() + ")")
            .on("proxy_on_http_call_response", "iiiii:", "(drop " + call() + ")");
    var services = new TestServices();

    try (var guest = start(wasm, 1, 100, services)) {
      var _ = guest.request("GET", "/");
      for (int i = 0; i < 1_000_000; i++) {
        guest.answerCallout(200, "");
      }

      assertThat(services.callouts().tokens()).containsExactly(4_000_004);
      assertThat(guest.host().refusedCallouts()).isZero();
    }
  }

  private static String call() {
    return Wat.call("proxy_http_call", 1000, 1, 1100, HEAD.length(), 1200, 8, 0, 0, 0, 100);
  }
}
