package dev.outrider.proxywasm.imports;

import static dev.outrider.proxywasm.testkit.Wat.call;
import static dev.outrider.proxywasm.testkit.Wat.report;
import static dev.outrider.proxywasm.testkit.Wat.reportAt;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.Wat;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ContextImportsTest {
  private static String tickEvery(long millis) {
    return "(drop " + call("proxy_set_tick_period_milliseconds", millis) + ")";
  }

  @Test
  void refusesAContextThatIsNotThere() {
    var wasm =
        Wat.guest()
            .onConfigure(
                report("proxy_set_effective_context", 0)
                    + report("proxy_set_effective_context", 1)
                    + report("proxy_set_effective_context", 2));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts()).containsExactly("2", "0", "2");
    }
  }

  @Test
  void forgetsTheEffectiveContextWithTheCallback() {
    var wasm =
        Wat.guest()
            .data(1000, ":path")
            .with("(global $stream (mut i32) (i32.const 0))")
            .onConfigure(tickEvery(1))
            .on(
                "proxy_on_request_headers",
                "iii:i",
                "(global.set $stream (local.get 0)) (i32.const 1)")
            .on(
                "proxy_on_tick",
                "i:",
                report("proxy_get_header_map_value", 0, 1000, 5, 100, 104)
                    + "(drop (call $proxy_set_effective_context (global.get $stream)))");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var _ = guest.request("GET", "/");
      guest.tick();
      guest.tick();

      assertThat(guest.log().texts()).as("never on the stream").containsExactly("2", "2");
    }
  }

  @Test
  void refusesTheContextOfAStreamThatHasEnded() {
    var wasm =
        Wat.guest()
            .with("(global $stream (mut i32) (i32.const 0))")
            .onConfigure(tickEvery(1))
            .on(
                "proxy_on_request_headers",
                "iii:i",
                "(global.set $stream (local.get 0)) (i32.const 1)")
            .on(
                "proxy_on_tick",
                "i:",
                "(call $report (call $proxy_set_effective_context (global.get $stream)))");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/");
      guest.tick();
      exchange.close();
      guest.tick();

      assertThat(guest.log().texts()).containsExactly("0", "2");
    }
  }

  @Test
  void ticksAgainAfterEachTickUntilToldOtherwise() {
    var wasm =
        Wat.guest()
            .with("(global $n (mut i32) (i32.const 0))")
            .onConfigure(tickEvery(250))
            .on(
                "proxy_on_tick",
                "i:",
                "(global.set $n (i32.add (global.get $n) (i32.const 1)))"
                    + "(if (i32.eq (global.get $n) (i32.const 2)) (then "
                    + tickEvery(0)
                    + "))");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var timers = guest.services().timers();
      assertThat(timers.armedMillis(guest.host())).isEqualTo(250);

      guest.tick();
      assertThat(timers.armedMillis(guest.host())).as("after the first").isEqualTo(250);

      guest.tick();
      assertThat(timers.armedMillis(guest.host())).as("after the second").isZero();
    }
  }

  @Test
  void armsATickOnceThatTheGuestSetsInItsTick() {
    var wasm = Wat.guest().onConfigure(tickEvery(5)).on("proxy_on_tick", "i:", tickEvery(7));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      guest.tick();

      assertThat(guest.services().timers().armedMillis(guest.host())).isEqualTo(7);
      assertThat(guest.services().timers().armings()).isEqualTo(2);
    }
  }

  @Test
  void tellsTheWallClock() {
    var wasm =
        Wat.guest()
            .on(
                "proxy_on_tick",
                "i:",
                report("proxy_get_current_time_nanoseconds", 104)
                    + "(call $report (i32.wrap_i64 (i64.div_u (i64.load (i32.const 104))"
                    + " (i64.const 1000000000))))"
                    + report("proxy_get_current_time_nanoseconds", 131_065))
            .onConfigure(tickEvery(1));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      guest.services().clock().setTo(Instant.ofEpochSecond(1_234_567_890));
      guest.tick();

      assertThat(guest.log().texts()).containsExactly("0", "1234567890", "6");
    }
  }

  @Test
  void endsAPluginThatAsksForTime() {
    var wasm =
        Wat.guest()
            .on("proxy_on_done", "i:i", "(call $report (i32.const 1)) (i32.const 0)")
            .on("proxy_on_tick", "i:", report("proxy_done"))
            .on("proxy_on_delete", "i:", "(call $report (i32.const 2))")
            .onConfigure(tickEvery(1) + report("proxy_done"));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      guest.plugin().shutdown();
      assertThat(guest.plugin().ended()).as("before proxy_done").isFalse();

      guest.tick();

      assertThat(guest.plugin().ended()).isTrue();
      assertThat(guest.host().ends()).isEqualTo(1);
      assertThat(guest.log().texts())
          .as("not pending, on_done, done, on_delete")
          .containsExactly("1", "1", "0", "2");
      assertThat(guest.services().timers().armedMillis(guest.host())).isZero();
    }
  }

  @Test
  void answersInvalidMemoryForBadStatusPointers() {
    var wasm =
        Wat.guest()
            .onConfigure(
                report("proxy_get_status", 100, 104, 108)
                    + reportAt(100)
                    + reportAt(104)
                    + report("proxy_get_status", -1, 104, 108)
                    + report("proxy_get_status", 100, -1, 108)
                    + report("proxy_get_status", 100, 104, 131_070));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts()).containsExactly("0", "0", "0", "6", "6", "6");
    }
  }
}
