package dev.outrider.proxywasm.imports;

import static dev.outrider.proxywasm.testkit.Wat.report;
import static dev.outrider.proxywasm.testkit.Wat.show;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.GuestFailure;
import dev.outrider.proxywasm.host.ForeignCall;
import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.host.WasmResult;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestServices;
import dev.outrider.proxywasm.testkit.Wat;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ForeignImportsTest {
  private static TestServices services() {
    var services = new TestServices();
    services.addForeignFunction(
        "upper",
        (call, result) -> {
          if (call.length() == 0) {
            return WasmResult.SERIALIZATION_FAILURE;
          }
          var text = new String(call.copyOfArguments(), UTF_8).toUpperCase(Locale.ROOT);
          var bytes = text.getBytes(UTF_8);
          result.accept(bytes, 0, bytes.length);
          return WasmResult.OK;
        });
    return services;
  }

  private static GuestHarness start(Wat wat) {
    return GuestHarness.start(GuestHarness.load(wat.wasm()), "", services());
  }

  @Test
  void callsAFunctionOfTheHostByName() {
    var wasm =
        Wat.guest()
            .data(1000, "upper")
            .data(1100, "abc")
            .onConfigure(
                report("proxy_call_foreign_function", 1000, 5, 1100, 3, 100, 104)
                    + show(100, 104)
                    + report("proxy_call_foreign_function", 1000, 5, 1100, 3, 0, 0)
                    + report("proxy_call_foreign_function", 1000, 5, 0, 0, 100, 104));

    try (var guest = start(wasm)) {
      assertThat(guest.log().texts())
          .as("with a result, with none wanted, with the function's own error")
          .containsExactly("0", "ABC", "0", "3");
    }
  }

  @Test
  void tellsTheContextItActsOnFromTheOneThatRuns() {
    var services = services();
    services.addForeignFunction(
        "who",
        (call, result) -> {
          var text = describe(call.acting()) + " " + describe(call.running());
          result.accept(text.getBytes(UTF_8), 0, text.length());
          return WasmResult.OK;
        });
    var ask = "(drop " + Wat.call("proxy_call_foreign_function", 1000, 3, 0, 0, 100, 104) + ")";
    var wasm =
        Wat.guest()
            .data(1000, "who")
            .onConfigure(ask + show(100, 104))
            .onRequestHeaders(
                ask
                    + show(100, 104)
                    + "(drop (call $proxy_set_effective_context (i32.const 1)))"
                    + ask
                    + show(100, 104));

    try (var guest = GuestHarness.start(GuestHarness.load(wasm.wasm()), "", services)) {
      guest.request("GET", "/");

      assertThat(guest.log().texts()).containsExactly("root root", "stream stream", "root stream");
    }
  }

  private static String describe(ForeignCall.Context context) {
    assertThat(context.root()).isEqualTo(context.stream() == null);
    return context.root() ? "root" : "stream";
  }

  @Test
  void endsTheVmWhoseHostThrowsAndKeepsTheStack() {
    var services = services();
    services.addForeignFunction(
        "broken",
        (_, _) -> {
          throw new IllegalStateException("a bug");
        });
    var wasm =
        Wat.guest()
            .data(1000, "broken")
            .onRequestHeaders(report("proxy_call_foreign_function", 1000, 6, 0, 0, 0, 0));

    try (var guest = GuestHarness.start(GuestHarness.load(wasm.wasm()), "", services)) {
      var exchange = guest.request("GET", "/");

      assertThat(exchange.effects()).containsExactly("failed");
      assertThat(guest.vm().failure()).isInstanceOf(GuestFailure.Trap.class);
      assertThat(guest.log().texts(LogLevel.ERROR))
          .singleElement()
          .asString()
          .startsWith("host function failed: java.lang.IllegalStateException: a bug")
          .contains(ForeignImportsTest.class.getName());
    }
  }

  @Test
  void clearsTheRouteCacheByItself() {
    var wasm =
        Wat.guest()
            .data(1000, "clear_route_cache")
            .onRequestHeaders(report("proxy_call_foreign_function", 1000, 17, 0, 0, 0, 0));

    try (var guest = start(wasm)) {
      var exchange = guest.request("GET", "/");

      assertThat(exchange.host().routeClears()).isEqualTo(1);
      assertThat(guest.log().texts()).containsExactly("0");
    }
  }

  @Test
  void answersNotFoundForUnknownNamesAndInvalidMemoryForBadPointers() {
    var wasm =
        Wat.guest()
            .data(1000, "upper")
            .onConfigure(
                report("proxy_call_foreign_function", 1000, 4, 0, 0, 100, 104)
                    + report("proxy_call_foreign_function", -1, 4, 0, 0, 100, 104)
                    + report("proxy_call_foreign_function", 1000, 5, 131_070, 3, 100, 104)
                    + report("proxy_call_foreign_function", 1000, 5, 1000, 3, -1, 104));

    try (var guest = start(wasm)) {
      assertThat(guest.log().texts()).containsExactly("1", "6", "6", "6");
    }
  }
}
