package dev.outrider.proxy.wasm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.metrics.StatValue;
import dev.outrider.proxywasm.testkit.Wat;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What guests get from the process: log, metrics, properties, calls to other services.
class GuestServicesTest {
  private final TestPlugins plugins = new TestPlugins();

  @AfterEach
  void close() {
    plugins.close();
  }

  static final String CALL =
      "(call $report "
          + Wat.call("proxy_http_call", 1000, 5, 1100, 66, 1010, 4, 0, 0, 1500, 108)
          + ")";

  /// Calls `users` with `:method` GET, `:path` /check and `:authority` u, and says what came back.
  static Wat calling() {
    var pairs = pairs(":method", "GET", ":path", "/check", ":authority", "u");
    return Wat.guest()
        .data(1000, "users")
        .data(1010, "body")
        .data(1020, ":status")
        .with("(data (i32.const 1100) \"" + pairs + "\")")
        .on(
            "proxy_on_http_call_response",
            "iiiii:",
            "(call $report (local.get 2)) "
                + "(if (local.get 2) (then (drop "
                + Wat.call("proxy_get_header_map_value", 6, 1020, 7, 100, 104)
                + ") "
                + Wat.show(100, 104)
                + " (drop "
                + Wat.call("proxy_get_buffer_bytes", 4, 0, 64, 100, 104)
                + ") "
                + Wat.show(100, 104)
                + "))");
  }

  private static String pairs(String... fields) {
    var out = new StringBuilder();
    number(out, fields.length / 2);
    for (var text : fields) {
      number(out, text.length());
    }
    for (var text : fields) {
      text.chars().forEach(c -> hex(out, c));
      hex(out, 0);
    }
    return out.toString();
  }

  private static void number(StringBuilder out, int value) {
    for (var shift = 0; shift < 32; shift += 8) {
      hex(out, value >>> shift & 0xff);
    }
  }

  private static void hex(StringBuilder out, int value) {
    out.append("\\%02x".formatted(value));
  }

  @Test
  void aCallGoesOutAndItsAnswerComesBackToTheGuest() {
    var filter = plugins.start(TestPlugins.config(calling().onRequestHeaders(CALL).wasm()));

    try (var stream = plugins.stream(filter)) {
      stream.get();
      assertThat(plugins.callouts.calls())
          .containsExactly("users | :method: GET, :path: /check, :authority: u | body | 1500");
      plugins.callouts.answer(200, "welcome");
    }

    assertThat(plugins.log())
        .containsExactly(
            "INFO wasm log p0 r0 vm: 0",
            "INFO wasm log p0 r0 vm: 1",
            "INFO wasm log p0 r0 vm: 200",
            "INFO wasm log p0 r0 vm: welcome");
  }

  @Test
  void aCallThatBreaksOffIsToldWithoutHeaders() {
    var filter = plugins.start(TestPlugins.config(calling().onRequestHeaders(CALL).wasm()));
    plugins.status(filter);

    plugins.callouts.fail();

    assertThat(plugins.log()).last().isEqualTo("INFO wasm log p0 r0 vm: 0");
  }

  @Test
  void aCallToAnUnknownClusterIsABadArgument() {
    var guest = calling().data(1000, "none!").onRequestHeaders(CALL).wasm();
    var filter = plugins.start(TestPlugins.config(guest));

    plugins.status(filter);

    assertThat(plugins.log()).containsExactly("INFO wasm log p0 r0 vm: 2");
    assertThat(plugins.callouts.calls()).isEmpty();
  }

  @Test
  void aCallMadeWhileTheVmIsPreparedGoesOutWhenAWorkerHasIt() {
    var factory = plugins.accept(TestPlugins.config(calling().onConfigure(CALL).wasm()));
    assertThat(plugins.callouts.calls()).isEmpty();

    factory.forWorker(plugins);

    assertThat(plugins.callouts.calls()).hasSize(1);
    plugins.callouts.answer(200, "hello");
    assertThat(plugins.log()).last().isEqualTo("INFO wasm log p0 r0 vm: hello");
  }

  @Test
  void aPreparedCallToAClusterThatIsGoneFailsLater() {
    var guest = calling().data(1000, "none!").onConfigure(CALL).wasm();
    var factory = plugins.accept(TestPlugins.config(guest));

    factory.forWorker(plugins);
    plugins.loop.runTasks();

    assertThat(plugins.log())
        .containsExactly("INFO wasm log p0 r0 vm: 0", "INFO wasm log p0 r0 vm: 0");
  }

  @Test
  void callsOfAVmThatEndsAreCancelled() {
    var filter = plugins.start(TestPlugins.config(calling().onRequestHeaders(CALL).wasm()));
    plugins.status(filter);
    assertThat(plugins.callouts.underWay()).isOne();

    filter.close();
    plugins.loop.runTasks();

    assertThat(plugins.callouts.cancelled()).isOne();
  }

  @Test
  void logsInEnvoysFormAndLeavesOutNamesThatAreEmpty() {
    var guest = Wat.guest().onConfigure("(call $report (i32.const 5))").wasm();

    plugins.start(TestPlugins.config(guest));
    plugins.start(TestPlugins.config(guest, plugin -> plugin.clearRootId()));

    assertThat(plugins.log())
        .containsExactly("INFO wasm log p0 r0 vm: 5", "INFO wasm log p0 vm: 5");
  }

  @Test
  void aLogLineStaysOneLineWhateverTheGuestSays() {
    var guest =
        Wat.guest()
            .data(1000, "a\r\nERROR forged")
            .onConfigure("(call $say (i32.const 1000) (i32.const 15))")
            .wasm();

    plugins.accept(TestPlugins.config(guest));

    assertThat(plugins.log()).containsExactly("INFO wasm log p0 r0 vm: a  ERROR forged");
  }

  @Test
  void metricsStandUnderWasmcustom() {
    var guest =
        Wat.guest()
            .data(1000, "hits")
            .data(1010, "level")
            .onConfigure(
                "(drop "
                    + Wat.call("proxy_define_metric", 0, 1000, 4, 100)
                    + ") (drop "
                    + Wat.call("proxy_define_metric", 1, 1010, 5, 104)
                    + ")")
            .onRequestHeaders(
                "(drop (call $proxy_increment_metric (i32.load (i32.const 100)) (i64.const 3)))"
                    + "(drop (call $proxy_record_metric (i32.load (i32.const 104)) (i64.const 9)))")
            .wasm();
    var filter = plugins.start(TestPlugins.config(guest));

    plugins.status(filter);
    plugins.status(filter);

    assertThat(plugins.metrics.snapshot())
        .filteredOn(value -> value.name().startsWith("wasmcustom."))
        .extracting(StatValue::name)
        .containsExactly("wasmcustom.hits", "wasmcustom.level");
    assertThat(plugins.counter("wasmcustom.hits")).isEqualTo(6);
    assertThat(plugins.metrics.gauge("wasmcustom.level").value()).isEqualTo(9);
  }

  @Test
  void aPropertyThatAGuestSetsIsFilterStateAndReadableByTheNextPlugin() {
    var writes =
        Wat.guest()
            .data(1000, "who")
            .data(1010, "alice")
            .onRequestHeaders("(drop " + Wat.call("proxy_set_property", 1000, 3, 1010, 5) + ")")
            .wasm();
    var reads =
        Wat.guest()
            .data(1000, "who")
            .onRequestHeaders(
                Wat.report("proxy_get_property", 1000, 3, 100, 104) + Wat.show(100, 104))
            .wasm();
    var first = plugins.start(TestPlugins.config(writes));
    var second = plugins.start(TestPlugins.config(reads));

    try (var stream = plugins.stream(first, second)) {
      stream.get();

      var entry = stream.info().filterState().get("wasm.who");
      assertThat(entry)
          .isNotNull()
          .extracting(kept -> new String(kept.value(), UTF_8))
          .isEqualTo("alice");
    }
    assertThat(plugins.log())
        .containsExactly("INFO wasm log p0 r0 vm: 0", "INFO wasm log p0 r0 vm: alice");
  }

  @Test
  void aPropertyCannotHideAnAttribute() {
    var guest =
        Wat.guest()
            .data(1000, "request\0path")
            .data(1020, "/mine")
            .onRequestHeaders(
                Wat.report("proxy_set_property", 1000, 12, 1020, 5)
                    + Wat.report("proxy_get_property", 1000, 12, 100, 104)
                    + Wat.show(100, 104))
            .wasm();
    var filter = plugins.start(TestPlugins.config(guest));

    plugins.status(filter);

    assertThat(plugins.log()).last().isEqualTo("INFO wasm log p0 r0 vm: /");
  }

  @Test
  void aPropertyThatNothingHasIsNotFoundAndAGroupIsNotSerialised() {
    var guest =
        Wat.guest()
            .data(1000, "nosuch")
            .data(1020, "request")
            .onRequestHeaders(
                Wat.report("proxy_get_property", 1000, 6, 100, 104)
                    + Wat.report("proxy_get_property", 1020, 7, 100, 104))
            .wasm();
    var filter = plugins.start(TestPlugins.config(guest));

    plugins.status(filter);

    assertThat(plugins.log())
        .containsExactly("INFO wasm log p0 r0 vm: 1", "INFO wasm log p0 r0 vm: 3");
  }

  @Test
  void theGuestsClockStandsStillWithTheProcessClock() {
    var guest =
        Wat.guest()
            .onRequestHeaders(
                Wat.report("proxy_get_current_time_nanoseconds", 200)
                    + "(call $report (i32.wrap_i64 (i64.div_u (i64.load (i32.const 200))"
                    + " (i64.const 1000000000))))")
            .wasm();
    var filter = plugins.start(TestPlugins.config(guest));
    plugins.loop.advance(Duration.ofSeconds(7));

    plugins.status(filter);

    assertThat(plugins.log()).last().isEqualTo("INFO wasm log p0 r0 vm: 1700000007");
  }
}
