package dev.outrider.proxywasm;

import static dev.outrider.proxywasm.testkit.Wat.call;
import static dev.outrider.proxywasm.testkit.Wat.report;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.host.Capabilities;
import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.host.VmLimits;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestServices;
import dev.outrider.proxywasm.testkit.Wat;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// ABI reference 4, capability restriction.
class CapabilitiesTest {
  private static GuestHarness start(Wat guest, Capabilities capabilities) {
    var vm = new VmSpec("", new byte[0], Map.of(), VmLimits.DEFAULT, capabilities);
    return GuestHarness.start(
        GuestHarness.load(guest.wasm()),
        vm,
        new PluginSpec("p", "", new byte[0], false),
        new TestServices());
  }

  private static Capabilities allBut(String... denied) {
    var names = new HashSet<>(CapabilityNames.all());
    for (var name : denied) {
      assertThat(names.remove(name)).as(name).isTrue();
    }
    return Capabilities.only(names);
  }

  @Test
  void aDeniedHostFunctionLinksAndAnswersInternalFailure() {
    var guest = Wat.guest().onConfigure(report("proxy_get_current_time_nanoseconds", 100));

    try (var started = start(guest, allBut("proxy_get_current_time_nanoseconds"))) {
      assertThat(started.log().texts(LogLevel.INFO)).containsExactly("10");
      assertThat(started.log().texts(LogLevel.ERROR))
          .containsExactly(
              "Attempted call to restricted proxy-wasm capability:"
                  + " proxy_get_current_time_nanoseconds");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"wasi_snapshot_preview1", "wasi_unstable"})
  void aDeniedWasiFunctionIsNotCapable(String module) {
    var guest =
        Wat.guest().wasi(module).onConfigure(report("random_get", 100, 8) + report("sched_yield"));

    try (var started = start(guest, allBut("random_get"))) {
      assertThat(started.log().texts(LogLevel.INFO)).containsExactly("76", "0");
      assertThat(started.log().texts(LogLevel.ERROR))
          .containsExactly("Attempted call to restricted WASI capability: random_get");
    }
  }

  @Test
  void saysSoOncePerFunctionAndVm() {
    var guest = Wat.guest().onRequestHeaders(report("proxy_done") + report("proxy_done"));

    try (var started = start(guest, allBut("proxy_done"))) {
      var _ = started.request("GET", "/");
      var _ = started.request("GET", "/");

      assertThat(started.log().texts(LogLevel.INFO)).containsExactly("10", "10", "10", "10");
      assertThat(started.log().texts(LogLevel.ERROR)).hasSize(1);
    }
  }

  @Test
  void aDeniedCallbackCountsAsNotExported() {
    var guest =
        Wat.guest()
            .onConfigure("unreachable")
            .onRequestHeaders("unreachable")
            .onResponseHeaders("(call $report (i32.const 1))");

    try (var started = start(guest, allBut("proxy_on_configure", "proxy_on_request_headers"))) {
      var exchange = started.request("GET", "/").respond(200, "");

      assertThat(exchange.requestWentOn()).isTrue();
      assertThat(started.log().texts()).containsExactly("1");
    }
  }

  @Test
  void aGuestThatMayNotLogIsSilent() {
    var guest = Wat.guest().onConfigure("(call $report (i32.const 1))");

    try (var started = start(guest, allBut("proxy_log"))) {
      assertThat(started.log().texts())
          .containsExactly("Attempted call to restricted proxy-wasm capability: proxy_log");
    }
  }

  @Test
  void aDeniedExitReturnsToTheGuest() {
    var guest = Wat.guest().onConfigure(call("proc_exit", 1) + "(call $report (i32.const 1))");

    try (var started = start(guest, allBut("proc_exit"))) {
      assertThat(started.log().texts(LogLevel.INFO)).containsExactly("1");
      assertThat(started.vm().failure()).isNull();
    }
  }

  @Test
  void whatAModuleCannotStartWithoutIsNeverDenied() {
    var guest =
        Wat.guest()
            .on("_initialize", ":", "(global.set $heap (i32.const 65600))")
            .on("main", "ii:i", "(global.set $heap (i32.const 65700)) (i32.const 0)")
            .on(
                "proxy_on_configure",
                "ii:i",
                report("proxy_get_property", 1000, 11, 100, 104)
                    + Wat.show(100, 104)
                    + "(call $report "
                    + call("pthread_equal", 3, 3)
                    + ")"
                    + call("emscripten_notify_memory_growth", 0)
                    + "(call $report (global.get $heap)) (i32.const 1)")
            .data(1000, "plugin_name");

    try (var started =
        start(
            guest,
            Capabilities.only(Set.of("proxy_log", "proxy_on_configure", "proxy_get_property")))) {
      assertThat(started.log().texts()).containsExactly("0", "p", "1", "65701");
    }
  }

  @Test
  void denyByDefaultWithNoNameIsNothing() {
    var guest = Wat.guest().onConfigure("unreachable").onRequestHeaders("unreachable");

    try (var started = start(guest, Capabilities.only(Set.of()))) {
      assertThat(started.request("GET", "/").requestWentOn()).isTrue();
      assertThat(started.log().texts()).isEmpty();
    }
  }

  @Test
  void noNameIsEverythingAsInEnvoy() {
    assertThat(Capabilities.orAll(Set.of())).isEqualTo(Capabilities.ALL);
    assertThat(Capabilities.orAll(Set.of("proxy_log")).allows("proxy_done")).isFalse();
    assertThat(Capabilities.ALL.allows("proxy_done")).isTrue();
  }

  @Test
  void namesWhatCanBeDenied() {
    assertThat(CapabilityNames.all())
        .contains("proxy_log", "fd_write", "proc_exit", "proxy_on_request_headers", "proxy_on_done")
        .doesNotContain(
            "malloc",
            "proxy_on_memory_allocate",
            "_initialize",
            "_start",
            "main",
            "pthread_equal",
            "emscripten_notify_memory_growth",
            "abort");
  }
}
