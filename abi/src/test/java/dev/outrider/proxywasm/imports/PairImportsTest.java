package dev.outrider.proxywasm.imports;

import static dev.outrider.proxywasm.testkit.Wat.report;
import static dev.outrider.proxywasm.testkit.Wat.reportAt;
import static dev.outrider.proxywasm.testkit.Wat.show;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.TestHeaders;
import dev.outrider.proxywasm.testkit.Wat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PairImportsTest {
  private static final int PAIRS = 1000;
  private static final String TWO_PAIRS =
      "\2\0\0\0" + "\5\0\0\0" + "\1\0\0\0" + "\3\0\0\0" + "\0\0\0\0" + ":path\0/\0" + "X-E\0\0";

  @Test
  void givesAMapAsCountLengthsAndTerminatedTexts() {
    var wasm =
        Wat.guest()
            .onRequestHeaders(report("proxy_get_header_map_pairs", 0, 100, 104) + show(100, 104));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.exchange();
      var _ = exchange.onRequestHeaders(TestHeaders.of(":path", "/", "x-e", ""), true);

      assertThat(guest.log().texts()).containsExactly("0", TWO_PAIRS.replace("X-E", "x-e"));
    }
  }

  @Test
  void givesNoBlockForAnEmptyMap() {
    var wasm =
        Wat.guest()
            .onRequestHeaders(
                report("proxy_get_header_map_pairs", 0, 100, 104) + reportAt(100) + reportAt(104));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var _ = guest.exchange().onRequestHeaders(new TestHeaders(), true);

      assertThat(guest.log().texts()).containsExactly("0", "0", "0");
    }
  }

  @Test
  void replacesTheWholeMap() {
    var wasm =
        Wat.guest()
            .data(PAIRS, TWO_PAIRS)
            .onRequestHeaders(report("proxy_set_header_map_pairs", 0, PAIRS, TWO_PAIRS.length()));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/old", "x-old", "1");

      assertThat(exchange.requestHeaders()).hasToString("[:path: /, x-e: ]");
      assertThat(exchange.host().routeClears()).isEqualTo(1);
    }
  }

  @Test
  void emptiesAMapByAnEmptyList() {
    var wasm = Wat.guest().onRequestHeaders(report("proxy_set_header_map_pairs", 0, 0, 0));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/");

      assertThat(exchange.requestHeaders().size()).isZero();
      assertThat(guest.log().texts()).containsExactly("0");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\1\0\0\0\1\0\0\0\1\0\0\0a\0bc",
        "\1\0\0\0\1\0\0\0\1\0\0\0a_b\0",
        "\1\0\0\0\1\0\0\0\1\0\0\0a\0b\0tail",
        "\1\0\0\0\u007f\u007f\u007f\u007f\1\0\0\0a\0b\0",
        "\1\20\0\0\1\0\0\0\1\0\0\0a\0b\0",
        "\1\0\0\0"
      })
  void refusesMalformedPairsAndKeepsTheMap(String pairs) {
    var wasm =
        Wat.guest()
            .data(PAIRS, pairs)
            .onRequestHeaders(report("proxy_set_header_map_pairs", 0, PAIRS, pairs.length()));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/");

      assertThat(guest.log().texts(LogLevel.INFO)).containsExactly("2");
      assertThat(guest.log().texts(LogLevel.WARN)).hasSize(1);
      assertThat(exchange.requestHeaders().first(":path")).isEqualTo("/");
    }
  }

  @Test
  void refusesAPairThatWouldSmuggleAHeader() {
    var pairs = "\1\0\0\0\1\0\0\0\2\0\0\0a\0b\n\0";
    var wasm =
        Wat.guest()
            .data(PAIRS, pairs)
            .onRequestHeaders(report("proxy_set_header_map_pairs", 0, PAIRS, pairs.length()));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var exchange = guest.request("GET", "/");

      assertThat(guest.log().texts(LogLevel.INFO)).containsExactly("2");
      assertThat(exchange.requestHeaders().first(":path")).isEqualTo("/");
    }
  }

  @Test
  void answersInvalidMemoryForBadPointersAndBadArgumentForBadMaps() {
    var wasm =
        Wat.guest()
            .onRequestHeaders(
                report("proxy_get_header_map_pairs", 0, -4, 104)
                    + report("proxy_get_header_map_pairs", 0, 100, 131_070)
                    + report("proxy_set_header_map_pairs", 0, 131_000, 100)
                    + report("proxy_get_header_map_pairs", 8, -4, 104)
                    + report("proxy_set_header_map_pairs", 2, 0, 0)
                    + report("proxy_get_header_map_pairs", 4, 100, 104));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var _ = guest.request("GET", "/");

      assertThat(guest.log().texts()).containsExactly("6", "6", "6", "2", "2", "0");
    }
  }
}
