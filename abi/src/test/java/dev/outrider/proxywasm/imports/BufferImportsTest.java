package dev.outrider.proxywasm.imports;

import static dev.outrider.proxywasm.testkit.Wat.report;
import static dev.outrider.proxywasm.testkit.Wat.reportAt;
import static dev.outrider.proxywasm.testkit.Wat.show;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.PluginSpec;
import dev.outrider.proxywasm.VmSpec;
import dev.outrider.proxywasm.host.FilterDataStatus;
import dev.outrider.proxywasm.host.VmLimits;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestHeaders;
import dev.outrider.proxywasm.testkit.TestServices;
import dev.outrider.proxywasm.testkit.Wat;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BufferImportsTest {
  @ParameterizedTest
  @CsvSource({"0, -1, hello", "1, 3, ell", "4, 10, o", "5, 1, ''", "9, 1, ''", "5, -1, ''"})
  void readsTheRangeThatIsThere(long start, long max, String expected) {
    var wasm =
        Wat.guest()
            .onRequestHeaders("")
            .onRequestBody(
                report("proxy_get_buffer_bytes", 0, start, max, 100, 104) + show(100, 104));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var _ = guest.exchange().requestWithBody("POST", "/", "hello");

      assertThat(guest.log().texts()).containsExactly("0", expected);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, XYhello",
    "0, 2, XYllo",
    "0, 99, XY",
    "5, 0, helloXY",
    "99, 3, helloXY",
    "1, 3, hXYo",
    "0, -1, XY"
  })
  void replacesARange(long start, long size, String expected) {
    var wasm =
        Wat.guest()
            .data(1000, "XY")
            .onRequestHeaders("")
            .onRequestBody(report("proxy_set_buffer_bytes", 0, start, size, 1000, 2));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.exchange().requestWithBody("POST", "/", "hello");

      assertThat(guest.log().texts()).containsExactly("0");
      assertThat(exchange.requestBody()).isEqualTo(expected);
    }
  }

  @Test
  void removesTheBody() {
    var wasm =
        Wat.guest()
            .onRequestHeaders("")
            .on(
                "proxy_on_response_body",
                "iii:i",
                report("proxy_set_buffer_bytes", 1, 0, -1, 0, 0) + "(i32.const 0)");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/").respond(200, "secret");

      assertThat(guest.log().texts()).containsExactly("0");
      assertThat(exchange.responseBody()).isEmpty();
    }
  }

  @Test
  void showsAllThatWasBufferedAndItsSize() {
    var wasm =
        Wat.guest()
            .onRequestHeaders("")
            .on(
                "proxy_on_request_body",
                "iii:i",
                report("proxy_get_buffer_status", 0, 100, 104)
                    + reportAt(100)
                    + reportAt(104)
                    + "(i32.eqz (local.get 2))");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.exchange();
      var _ = exchange.onRequestHeaders(TestHeaders.of(":path", "/"), false);
      var first = exchange.onRequestBody("abc", false);
      var last = exchange.onRequestBody("de", true);

      assertThat(first).isEqualTo(FilterDataStatus.STOP_ITERATION_AND_BUFFER);
      assertThat(last).isEqualTo(FilterDataStatus.CONTINUE);
      assertThat(guest.log().texts()).containsExactly("0", "3", "0", "0", "5", "0");
      assertThat(exchange.requestBody()).isEqualTo("abcde");
    }
  }

  @Test
  void hasNoBodyWhileTheHeadIsShown() {
    var wasm =
        Wat.guest()
            .onRequestHeaders(
                report("proxy_get_buffer_bytes", 0, 0, 9, 100, 104)
                    + report("proxy_set_buffer_bytes", 0, 0, 0, 0, 0)
                    + report("proxy_get_buffer_status", 1, 100, 104)
                    + report("proxy_get_buffer_bytes", 4, 0, 9, 100, 104));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var _ = guest.exchange().requestWithBody("POST", "/", "hello");

      assertThat(guest.log().texts())
          .as("empty buffers as in Envoy; BAD_ARGUMENT; NOT_FOUND")
          .containsExactly("0", "2", "0", "1");
    }
  }

  @Test
  void answersInvalidMemoryForBadPointersAndBadArgumentForBadBuffers() {
    var wasm =
        Wat.guest()
            .onRequestHeaders("")
            .onRequestBody(
                report("proxy_get_buffer_bytes", 0, 0, 9, 131_070, 104)
                    + report("proxy_get_buffer_bytes", 0, 0, 9, 100, -2)
                    + report("proxy_set_buffer_bytes", 0, 0, 0, 131_000, 100)
                    + report("proxy_get_buffer_status", 0, 100, -4)
                    + report("proxy_get_buffer_bytes", 9, 0, 9, -1, -1)
                    + report("proxy_set_buffer_bytes", 7, 0, 0, 0, 0));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.exchange().requestWithBody("POST", "/", "hello");

      assertThat(guest.log().texts()).containsExactly("6", "6", "6", "6", "2", "2");
      assertThat(exchange.requestBody()).isEqualTo("hello");
    }
  }

  @Test
  void givesBothConfigurationsWhereTheyMayBeRead() {
    var read6 = report("proxy_get_buffer_bytes", 6, 0, 99, 100, 104) + show(100, 104);
    var read7 = report("proxy_get_buffer_bytes", 7, 0, 99, 100, 104);
    var wasm =
        Wat.guest()
            .on("proxy_on_vm_start", "ii:i", read6 + read7 + "(i32.const 1)")
            .onConfigure(read6 + read7 + show(100, 104))
            .onRequestHeaders(read6 + read7);

    try (var guest = startConfigured(wasm.wasm())) {
      var _ = guest.request("GET", "/");

      assertThat(guest.log().texts())
          .as("vm start, configure, request")
          .containsExactly("0", "vm", "1", "0", "vm", "0", "plugin", "0", "vm", "1");
    }
  }

  @Test
  void givesTheConfigurationThatTheOldestAbiMeans() {
    var read = report("proxy_get_configuration", 100, 104) + show(100, 104);
    var wasm =
        Wat.guest()
            .abi("0.1.0")
            .on("proxy_on_vm_start", "ii:i", read + "(i32.const 1)")
            .onConfigure(read + report("proxy_get_configuration", -1, 104));

    try (var guest = startConfigured(wasm.wasm())) {
      assertThat(guest.log().texts()).containsExactly("0", "vm", "0", "plugin", "6");
    }
  }

  private static GuestHarness startConfigured(byte[] wasm) {
    return GuestHarness.start(
        GuestHarness.load(wasm),
        new VmSpec("vm1", "vm".getBytes(StandardCharsets.UTF_8), Map.of(), VmLimits.DEFAULT),
        new PluginSpec("p", "r", "plugin".getBytes(StandardCharsets.UTF_8), false),
        new TestServices());
  }
}
