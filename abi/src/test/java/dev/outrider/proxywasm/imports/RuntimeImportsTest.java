package dev.outrider.proxywasm.imports;

import static dev.outrider.proxywasm.testkit.Wat.call;
import static dev.outrider.proxywasm.testkit.Wat.report;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.GuestFailure;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.Wat;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RuntimeImportsTest {
  @Test
  void comparesThreadsEvenInTheStartFunction() {
    var wasm =
        Wat.guest()
            .on("_start", ":", report("pthread_equal", 3, 3) + report("pthread_equal", 3, 4));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts()).containsExactly("1", "0");
    }
  }

  @Test
  void ignoresNewsOfMemoryGrowth() {
    var wasm =
        Wat.guest()
            .onConfigure(
                call("emscripten_notify_memory_growth", 0) + "(call $report (i32.const 5))");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts()).containsExactly("5");
    }
  }

  @Test
  void endsTheGuestThatAborts() {
    var message = "b\0a\0d\0";
    var wasm =
        Wat.guest()
            .data(1000, "\6\0\0\0" + message)
            .onRequestHeaders(call("abort", 1004, 0, 12, 5));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/");

      assertThat(exchange.effects()).containsExactly("failed");
      assertThat(guest.vm().failure())
          .isEqualTo(
              new GuestFailure.Trap(
                  "proxy_on_request_headers", "abort: bad at :12:5 (in abort < func 6)"));
      assertThat(message.getBytes(StandardCharsets.UTF_8)).hasSize(6);
    }
  }

  @Test
  void survivesAnAbortWithBadPointers() {
    var wasm = Wat.guest().onRequestHeaders(call("abort", -1, 2, 1, 1));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var _ = guest.request("GET", "/");

      assertThat(guest.vm().failure())
          .isEqualTo(
              new GuestFailure.Trap(
                  "proxy_on_request_headers", "abort:  at :1:1 (in abort < func 6)"));
    }
  }
}
