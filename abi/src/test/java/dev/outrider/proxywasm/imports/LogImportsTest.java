package dev.outrider.proxywasm.imports;

import static dev.outrider.proxywasm.testkit.Wat.call;
import static dev.outrider.proxywasm.testkit.Wat.report;
import static dev.outrider.proxywasm.testkit.Wat.reportAt;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.PluginSpec;
import dev.outrider.proxywasm.VmSpec;
import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.host.PluginIdentity;
import dev.outrider.proxywasm.host.VmLimits;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.RecordingLog.Line;
import dev.outrider.proxywasm.testkit.TestServices;
import dev.outrider.proxywasm.testkit.Wat;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LogImportsTest {
  private static String log(long level, long at, long length) {
    return "(drop " + call("proxy_log", level, at, length) + ")";
  }

  @Test
  void writesALineInThePluginsName() {
    var wasm =
        Wat.guest()
            .data(1000, "hello")
            .on("_start", ":", log(1, 1000, 2))
            .onConfigure(log(4, 1000, 5));

    try (var guest =
        GuestHarness.start(
            GuestHarness.load(wasm.wasm()),
            new VmSpec("v", new byte[0], Map.of(), VmLimits.DEFAULT),
            new PluginSpec("p", "r", new byte[0], false),
            new TestServices())) {
      assertThat(guest.log().lines())
          .containsExactly(
              new Line(LogLevel.DEBUG, new PluginIdentity("", "", "v"), "he"),
              new Line(LogLevel.ERROR, new PluginIdentity("p", "r", "v"), "hello"));
    }
  }

  @Test
  void leavesOutWhatIsBelowTheThreshold() {
    var wasm =
        Wat.guest()
            .data(1000, "hello")
            .onConfigure(
                "(drop " + call("proxy_get_log_level", 100) + ")" + log(3, 1000, 5) + log(2, 0, 1))
            .onRequestHeaders(
                "(if (i32.eq (i32.load (i32.const 100)) (i32.const 3)) (then "
                    + log(5, 1000, 1)
                    + "))");
    var services = new TestServices();
    services.log().threshold(LogLevel.WARN.code());

    try (var guest = GuestHarness.start(GuestHarness.load(wasm.wasm()), "", services)) {
      var _ = guest.request("GET", "/");

      assertThat(guest.log().texts()).as("the guest knows its level").containsExactly("hello", "h");
    }
  }

  @Test
  void answersBadArgumentForBadLevelsAndInvalidMemoryForBadPointers() {
    var wasm =
        Wat.guest()
            .onConfigure(
                report("proxy_log", 6, -1, 2)
                    + report("proxy_log", -1, 0, 0)
                    + report("proxy_log", 2, 131_071, 2)
                    + report("proxy_get_log_level", -1)
                    + report("proxy_get_log_level", 100)
                    + reportAt(100));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts()).containsExactly("2", "2", "6", "6", "0", "0");
    }
  }
}
