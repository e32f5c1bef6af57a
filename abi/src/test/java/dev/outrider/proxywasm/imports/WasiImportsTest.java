package dev.outrider.proxywasm.imports;

import static dev.outrider.proxywasm.testkit.Wat.call;
import static dev.outrider.proxywasm.testkit.Wat.report;
import static dev.outrider.proxywasm.testkit.Wat.reportAt;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.GuestFailure;
import dev.outrider.proxywasm.PluginSpec;
import dev.outrider.proxywasm.VmSpec;
import dev.outrider.proxywasm.host.VmLimits;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestServices;
import dev.outrider.proxywasm.testkit.Wat;
import java.time.Duration;
import java.util.LinkedHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WasiImportsTest {
  @ParameterizedTest
  @ValueSource(strings = {"wasi_snapshot_preview1", "wasi_unstable"})
  void tellsBothClocks(String module) {
    var wasm =
        Wat.guest()
            .wasi(module)
            .onRequestHeaders(
                report("clock_time_get", 1, 0, 104)
                    + reportAt(104)
                    + report("clock_time_get", 0, 1, 104)
                    + "(call $report (i32.wrap_i64 (i64.div_u (i64.load (i32.const 104))"
                    + " (i64.const 1000000000))))"
                    + report("clock_time_get", 2, 0, 104)
                    + report("clock_time_get", 0, 0, -1)
                    + report("clock_res_get", 1, 104)
                    + reportAt(104)
                    + report("clock_res_get", 2, 104)
                    + report("clock_res_get", 0, -1));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      guest.services().clock().advance(Duration.ofNanos(42));
      var _ = guest.request("GET", "/");

      assertThat(guest.log().texts())
          .containsExactly("0", "1000000042", "0", "1767225600", "58", "21", "0", "1", "58", "21");
    }
  }

  @Test
  void fillsMemoryWithRandomBytes() {
    var wasm =
        Wat.guest()
            .onConfigure(
                report("random_get", 1000, 64)
                    + "(call $report (i32.or (i32.eqz (i32.load (i32.const 1000)))"
                    + " (i32.eq (i32.load (i32.const 1000)) (i32.load (i32.const 1004)))))"
                    + report("random_get", 1000, 0)
                    + report("random_get", 0, 65_537)
                    + report("random_get", 131_071, 2));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts())
          .as("a 2^-31 chance of failing without cause")
          .containsExactly("0", "0", "0", "28", "21");
    }
  }

  @Test
  void givesTheEnvironment() {
    var wasm =
        Wat.guest()
            .onConfigure(
                report("environ_sizes_get", 100, 104)
                    + reportAt(100)
                    + reportAt(104)
                    + report("environ_get", 200, 300)
                    + "(call $say (i32.load (i32.const 200)) (i32.const 3))"
                    + "(call $say (i32.load (i32.const 204)) (i32.const 9))"
                    + report("environ_sizes_get", 100, -1)
                    + report("environ_get", -1, 300)
                    + report("environ_get", 200, 131_071));
    var environment = new LinkedHashMap<String, String>();
    environment.put("A", "1");
    environment.put("LONGER", "ü");
    var spec = new VmSpec("", new byte[0], environment, VmLimits.DEFAULT);

    try (var guest =
        GuestHarness.start(
            GuestHarness.load(wasm.wasm()),
            spec,
            new PluginSpec("p", "", "".getBytes(UTF_8), false),
            new TestServices())) {
      assertThat(guest.log().texts())
          .containsExactly("0", "2", "14", "0", "A=1", "LONGER=ü", "21", "21", "21");
    }
  }

  @Test
  void hasNoArgumentsNoSocketsAndNothingToPoll() {
    var wasm =
        Wat.guest()
            .onConfigure(
                "(i32.store (i32.const 100) (i32.const 9))"
                    + report("args_sizes_get", 100, 104)
                    + reportAt(100)
                    + report("args_get", 100, 104)
                    + report("sched_yield")
                    + report("proc_raise", 6)
                    + report("poll_oneoff", 0, 0, 1, 100)
                    + reportAt(100)
                    + report("sock_accept", 3, 0, 100)
                    + report("sock_recv", 3, 0, 0, 0, 100, 104)
                    + report("sock_send", 3, 0, 0, 0, 100)
                    + report("sock_shutdown", 3, 0)
                    + report("args_sizes_get", 100, -1)
                    + report("poll_oneoff", 0, 0, 1, -1)
                    + report("sock_accept", 3, 0, -1)
                    + report("sock_recv", 3, 0, 0, 0, 100, -1)
                    + report("sock_send", 3, 0, 0, 0, -1));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts())
          .containsExactly(
              "0", "0", "0", "0", "52", "0", "0", "58", "58", "58", "58", "21", "21", "21", "21",
              "21");
    }
  }

  @Test
  void endsTheGuestThatExits() {
    var wasm = Wat.guest().onRequestHeaders(call("proc_exit", 3));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/");

      assertThat(exchange.effects()).containsExactly("failed");
      assertThat(guest.vm().failure())
          .isEqualTo(
              new GuestFailure.Trap(
                  "proxy_on_request_headers", "proc_exit(3) (in proc_exit < func 6)"));
    }
  }
}
