package dev.outrider.proxy.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.testkit.Wat;
import io.envoyproxy.envoy.extensions.wasm.v3.CapabilityRestrictionConfig;
import io.envoyproxy.envoy.extensions.wasm.v3.SanitizationConfig;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// One stream between the filter contract and a guest.
class WasmFilterTest {
  private final TestPlugins plugins = new TestPlugins();

  @AfterEach
  void close() {
    plugins.close();
  }

  @Test
  void theExampleInCTracesARequestOnBothOfItsWays() {
    var filter = plugins.start(TestPlugins.config(TestGuests.example("headers")));

    try (var stream = plugins.stream(filter)) {
      stream
          .get("x-request-id", "42", "user-agent", "curl/8")
          .response(200, true, "content-type", "text/html");

      assertThat(stream.upstream())
          .singleElement()
          .asString()
          .contains("x-request-summary: id=42; agent=curl/8");
      assertThat(stream.client())
          .singleElement()
          .asString()
          .contains("x-response-summary: id=42; type=text/html; cache=-");
    }
  }

  @Test
  void aPluginHasOnlyTheCapabilitiesThatItsConfigurationNames() {
    var guest =
        Wat.guest()
            .onRequestHeaders(Wat.report("proxy_get_current_time_nanoseconds", 100))
            .onResponseHeaders("unreachable")
            .wasm();
    var allowed =
        CapabilityRestrictionConfig.newBuilder()
            .putAllowedCapabilities("proxy_log", SanitizationConfig.getDefaultInstance())
            .putAllowedCapabilities(
                "proxy_on_request_headers", SanitizationConfig.getDefaultInstance())
            .putAllowedCapabilities("proxy_lgo", SanitizationConfig.getDefaultInstance());
    var filter =
        plugins.start(
            TestPlugins.config(guest, plugin -> plugin.setCapabilityRestrictionConfig(allowed)));

    try (var stream = plugins.stream(filter)) {
      stream.get().response(200, true);

      assertThat(stream.client()).isNotEmpty();
    }
    assertThat(plugins.log())
        .containsExactly(
            "WARN plugin p0: capability_restriction_config allows 'proxy_lgo', which is no function"
                + " of the ABI: it grants nothing",
            "ERROR wasm log p0 r0 vm: Attempted call to restricted proxy-wasm capability:"
                + " proxy_get_current_time_nanoseconds",
            "INFO wasm log p0 r0 vm: 10");
  }

  @Test
  void twoPluginsSeeTheRequestInOrderAndTheResponseInReverse() {
    var guest =
        Wat.guest()
            .data(1000, "x-seen")
            .onRequestHeaders(
                "(drop (call $proxy_get_property (i32.const 1010) (i32.const 11) (i32.const 100)"
                    + " (i32.const 104)))"
                    + add(0))
            .onResponseHeaders(
                "(drop (call $proxy_get_property (i32.const 1010) (i32.const 11) (i32.const 100)"
                    + " (i32.const 104)))"
                    + add(2))
            .data(1010, "plugin_name")
            .wasm();
    var a = plugins.start(TestPlugins.config(guest, plugin -> plugin.setName("a")));
    var b = plugins.start(TestPlugins.config(guest, plugin -> plugin.setName("b")));

    try (var stream = plugins.stream(a, b)) {
      stream.get().response(200, true);

      assertThat(stream.upstream()).singleElement().asString().contains("x-seen: a, x-seen: b");
      assertThat(stream.client()).singleElement().asString().contains("x-seen: b, x-seen: a");
    }
  }

  @Test
  void headsBeforeTheResponseAreShownToNoGuest() {
    var guest = Wat.guest().onResponseHeaders("(call $report (i32.const 1))").wasm();

    try (var stream = plugins.stream(plugins.start(TestPlugins.config(guest)))) {
      stream.get().informational(103);
      assertThat(plugins.log()).isEmpty();

      stream.response(200, true);
      assertThat(plugins.log()).containsExactly("INFO wasm log p0 r0 vm: 1");
    }
  }

  private static String add(int map) {
    return "(drop (call $proxy_add_header_map_value (i32.const "
        + map
        + ") (i32.const 1000) (i32.const 6) (i32.load (i32.const 100)) (i32.load (i32.const"
        + " 104))))";
  }

  @Test
  void aLocalReplyRunsThroughTheResponseFilterOfWhoGaveIt() {
    var guest =
        Wat.guest()
            .data(1000, "no entry")
            .data(1020, "bad_token")
            .onRequestHeaders(
                "(drop "
                    + Wat.call(
                        "proxy_send_local_response", 401, 1020, 9, 1000, 8, 0, 0, 0xffffffffL)
                    + ")")
            .onResponseHeaders("(call $report (i32.const 1))")
            .wasm();
    var filter = plugins.start(TestPlugins.config(guest));

    try (var stream = plugins.stream(filter)) {
      stream.get();

      assertThat(stream.asked()).containsExactly("reply 401 bad_token");
      assertThat(stream.client()).singleElement().asString().startsWith("head :status: 401");
      assertThat(stream.upstream()).isEmpty();
    }
    assertThat(plugins.log()).containsExactly("INFO wasm log p0 r0 vm: 1");
  }

  @Test
  void aWriteToTheRequestHeadersClearsTheRouteAndOneToTheResponseDoesNot() {
    var guest =
        Wat.guest()
            .data(1000, "x-seen")
            .onRequestHeaders(
                "(drop " + Wat.call("proxy_add_header_map_value", 0, 1000, 6, 1000, 1) + ")")
            .onResponseHeaders(
                "(drop " + Wat.call("proxy_add_header_map_value", 2, 1000, 6, 1000, 1) + ")")
            .wasm();
    var filter = plugins.start(TestPlugins.config(guest));

    try (var stream = plugins.stream(filter)) {
      stream.get().response(200, true);

      assertThat(stream.asked()).containsExactly("clearRoute");
    }
  }

  @Test
  void theGuestReadsAndReplacesTheBodyThatItHeld() {
    var guest =
        Wat.guest()
            .data(1000, "seen: ")
            .on(
                "proxy_on_request_body",
                "iii:i",
                "(if (result i32) (i32.eqz (local.get 2)) (then (i32.const 1)) (else (drop"
                    + " (call $proxy_get_buffer_bytes (i32.const 0) (i32.const 0) (i32.const 64)"
                    + " (i32.const 100) (i32.const 104))) (call $show (i32.const 100) (i32.const"
                    + " 104)) (drop "
                    + Wat.call("proxy_set_buffer_bytes", 0, 0, 0, 1000, 6)
                    + ") (i32.const 0)))")
            .wasm();
    var filter = plugins.start(TestPlugins.config(guest));

    try (var stream = plugins.stream(filter)) {
      stream.request(false).requestBody("ab", false).requestBody("cd", true);

      assertThat(String.join("", stream.upstream()).replaceAll("body | end", ""))
          .endsWith("seen: abcd");
    }
    assertThat(plugins.log()).containsExactly("INFO wasm log p0 r0 vm: abcd");
  }

  @Test
  void closingTheStreamResetsIt() {
    var guest =
        Wat.guest().onRequestHeaders("(drop " + Wat.call("proxy_close_stream", 0) + ")").wasm();
    var filter = plugins.start(TestPlugins.config(guest));

    try (var stream = plugins.stream(filter)) {
      stream.get();

      assertThat(stream.asked()).containsExactly("reset LOCAL_RESET wasm_close_stream");
    }
  }

  @Test
  void refusesToBeUsedFromAnotherThread() throws InterruptedException {
    var filter = plugins.start(TestPlugins.config(TestGuests.fragile()));
    var failures = new LinkedBlockingQueue<Throwable>();

    var thread = new Thread(filter::close);
    thread.setUncaughtExceptionHandler((_, failure) -> failures.add(failure));
    thread.start();
    thread.join();

    assertThat(failures).singleElement().isInstanceOf(AssertionError.class);
  }
}
