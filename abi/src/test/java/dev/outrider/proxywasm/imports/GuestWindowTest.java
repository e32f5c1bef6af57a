package dev.outrider.proxywasm.imports;

import static dev.outrider.proxywasm.testkit.Wat.call;
import static dev.outrider.proxywasm.testkit.Wat.report;
import static dev.outrider.proxywasm.testkit.Wat.show;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrider.proxywasm.GuestFailure;
import dev.outrider.proxywasm.GuestFailureException;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.Wat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuestWindowTest {
  private static Wat readingWithAllocator(String body) {
    return Wat.guest()
        .data(1000, ":path")
        .allocator(
            "(func (export \"malloc\") (param $n i32) (result i32) " + body + " (i32.const 65536))")
        .onRequestHeaders(
            report("proxy_get_header_map_value", 0, 1000, 5, 100, 104) + show(100, 104));
  }

  @Test
  void letsTheAllocatorLogAndReadTheClock() {
    var wasm =
        readingWithAllocator(
            report("clock_time_get", 1, 0, 200)
                + report("poll_oneoff", 0, 0, 0, 200)
                + report("fd_write", 1, 0, 0, 200)
                + call("emscripten_notify_memory_growth", 0));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var _ = guest.request("GET", "/p");

      assertThat(guest.log().texts()).containsExactly("0", "0", "0", "0", "/p");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"random_get", "proxy_get_current_time_nanoseconds"})
  void endsTheVmWhoseAllocatorCallsAnythingElse(String function) {
    var call = function.equals("random_get") ? call(function, 0, 1) : call(function, 200);
    var wasm = readingWithAllocator("(drop " + call + ")");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/p");

      assertThat(exchange.effects()).containsExactly("failed");
      assertThat(guest.vm().failure())
          .isInstanceOfSatisfying(
              GuestFailure.Trap.class,
              trap -> {
                assertThat(trap.function()).isEqualTo("proxy_on_request_headers");
                assertThat(trap.reason()).startsWith("restricted_callback: ").contains(function);
              });
    }
  }

  @Test
  void letsTheStartFunctionsUseWasiAndLog() {
    var wasm =
        Wat.guest()
            .on(
                "_initialize",
                ":",
                report("random_get", 0, 1)
                    + report("environ_sizes_get", 100, 104)
                    + report("fd_prestat_get", 3, 100)
                    + report("sched_yield"));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts()).containsExactly("0", "0", "8", "0");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"_initialize", "_start"})
  void refusesAModuleThatCallsTheAbiInAStartFunction(String start) {
    var wasm =
        Wat.guest().data(1000, "k").on(start, ":", report("proxy_get_status", 0, 4, 8)).wasm();

    assertThatThrownBy(() -> GuestHarness.start(wasm, ""))
        .isInstanceOf(GuestFailureException.class)
        .hasMessage(
            "Function: %s failed: restricted_callback: env.proxy_get_status may not be called"
                + " before the module has started (in proxy_get_status < func 6)",
            start);
  }
}
