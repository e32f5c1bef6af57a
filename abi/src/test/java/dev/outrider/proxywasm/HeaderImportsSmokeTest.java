package dev.outrider.proxywasm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.Wat;
import org.junit.jupiter.api.Test;

class HeaderImportsSmokeTest {
  @Test
  void readsAHeader() {
    var wasm =
        Wat.guest()
            .data(1000, "X-Name")
            .onRequestHeaders(
                """
                (call $report (call $proxy_get_header_map_value
                  (i32.const 0) (i32.const 1000) (i32.const 6) (i32.const 100) (i32.const 104)))
                (call $show (i32.const 100) (i32.const 104))
                """)
            .wasm();
    try (var guest = GuestHarness.start(wasm, "")) {
      var exchange = guest.request("GET", "/", "x-name", "Ada");

      assertThat(guest.log().texts()).containsExactly("0", "Ada");
      assertThat(exchange.requestWentOn()).isTrue();
    }
  }
}
