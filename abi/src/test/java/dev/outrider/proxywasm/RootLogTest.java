package dev.outrider.proxywasm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.host.HeaderMapKind;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.ScriptedStream;
import dev.outrider.proxywasm.testkit.TestHeaders;
import dev.outrider.proxywasm.testkit.TestServices;
import dev.outrider.proxywasm.testkit.Wat;
import org.junit.jupiter.api.Test;

/// `proxy_on_log` of a root context: a plugin as an access logger (ABI reference 4.9).
class RootLogTest {
  private static ScriptedStream finished() {
    var stream = new ScriptedStream();
    stream.put(HeaderMapKind.REQUEST_HEADERS, TestHeaders.of(":path", "/seen"));
    stream.put(HeaderMapKind.RESPONSE_HEADERS, TestHeaders.of(":status", "204"));
    stream.put(HeaderMapKind.RESPONSE_TRAILERS, TestHeaders.of("grpc-status", "0"));
    return stream;
  }

  @Test
  void readsTheHeadsOfTheFinishedExchangeUnderTheRootsId() {
    var services = new TestServices();
    var guest =
        Wat.guest()
            .data(1000, ":path")
            .data(1010, ":status")
            .data(1020, "grpc-status")
            .on(
                "proxy_on_log",
                "i:",
                "(call $report (local.get 0))"
                    + Wat.report("proxy_get_header_map_value", 0, 1000, 5, 100, 104)
                    + Wat.show(100, 104)
                    + Wat.report("proxy_get_header_map_value", 2, 1010, 7, 100, 104)
                    + Wat.show(100, 104)
                    + Wat.report("proxy_get_header_map_value", 3, 1020, 11, 100, 104)
                    + Wat.show(100, 104))
            .wasm();
    try (var harness = GuestHarness.start(GuestHarness.load(guest), "", services)) {
      harness.log(finished());
      harness.log(finished());
    }

    assertThat(services.log().texts())
        .hasSize(14)
        .startsWith("1", "0", "/seen", "0", "204", "0", "0");
  }

  @Test
  void whatItAsksForHasNoEffect() {
    var guest =
        Wat.guest()
            .on(
                "proxy_on_log",
                "i:",
                "(drop "
                    + Wat.call("proxy_send_local_response", 500, 0, 0, 0, 0, 0, 0, -1)
                    + ") (drop "
                    + Wat.call("proxy_close_stream", 0)
                    + ")")
            .wasm();
    var stream = finished();

    try (var harness = GuestHarness.start(guest, "")) {
      harness.log(stream);
    }

    assertThat(stream.effects()).isEmpty();
  }

  @Test
  void aGuestWithoutTheCallbackIsNotCalled() {
    try (var harness = GuestHarness.start(Wat.guest().wasm(), "")) {
      harness.log(finished());
    }
  }
}
