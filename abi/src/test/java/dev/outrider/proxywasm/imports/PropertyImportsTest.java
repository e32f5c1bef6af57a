package dev.outrider.proxywasm.imports;

import static dev.outrider.proxywasm.testkit.Wat.report;
import static dev.outrider.proxywasm.testkit.Wat.show;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.PluginSpec;
import dev.outrider.proxywasm.VmSpec;
import dev.outrider.proxywasm.host.VmLimits;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestServices;
import dev.outrider.proxywasm.testkit.Wat;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PropertyImportsTest {
  private static String get(int pathAt, int length) {
    return report("proxy_get_property", pathAt, length, 100, 104);
  }

  @Test
  void readsWithAndWithoutATrailingNul() {
    var wasm =
        Wat.guest()
            .data(1000, "request\0path\0")
            .onRequestHeaders(get(1000, 12) + show(100, 104) + get(1000, 13) + show(100, 104));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.exchange();
      exchange.host().properties().set("request.path", "/p");
      var _ = exchange.request("GET", "/p");

      assertThat(guest.log().texts()).containsExactly("0", "/p", "0", "/p");
    }
  }

  @Test
  void answersNotFoundAndSerializationFailure() {
    var wasm =
        Wat.guest()
            .data(1000, "nothing\0")
            .onRequestHeaders(get(1000, 7) + get(1007, 1) + get(0, 0));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var _ = guest.request("GET", "/");

      assertThat(guest.log().texts()).containsExactly("1", "3", "3");
    }
  }

  @Test
  void knowsThePluginItself() {
    var wasm =
        Wat.guest()
            .data(1000, "plugin_name")
            .data(1100, "plugin_root_id")
            .data(1200, "plugin_vm_id")
            .onConfigure(
                get(1000, 11)
                    + show(100, 104)
                    + get(1100, 14)
                    + show(100, 104)
                    + get(1200, 12)
                    + show(100, 104));

    try (var guest =
        GuestHarness.start(
            GuestHarness.load(wasm.wasm()),
            new VmSpec("vm1", new byte[0], Map.of(), VmLimits.DEFAULT),
            new PluginSpec("p1", "r1", "".getBytes(UTF_8), false),
            new TestServices())) {
      assertThat(guest.log().texts()).containsExactly("0", "p1", "0", "r1", "0", "vm1");
    }
  }

  @Test
  void setsAPropertyOfAStreamOnly() {
    var set = report("proxy_set_property", 1000, 4, 1100, 5);
    var wasm =
        Wat.guest().data(1000, "user").data(1100, "ada\0b").onConfigure(set).onRequestHeaders(set);

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/");

      assertThat(guest.log().texts()).as("NOT_FOUND on a root").containsExactly("1", "0");
      assertThat(exchange.host().properties().text("user")).isEqualTo("ada\0b");
    }
  }

  @Test
  void answersInvalidMemoryForBadPointers() {
    var wasm =
        Wat.guest()
            .data(1000, "plugin_name")
            .onRequestHeaders(
                get(-1, 9)
                    + report("proxy_get_property", 1000, 11, -1, 104)
                    + report("proxy_set_property", 131_070, 4, 1000, 1)
                    + report("proxy_set_property", 1000, 1, 131_070, 4));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var _ = guest.request("GET", "/");

      assertThat(guest.log().texts()).containsExactly("6", "6", "6", "6");
    }
  }
}
