package dev.outrider.proxy.wasm;

import dev.outrider.proxywasm.testkit.Wat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Guests of a few lines, and those of the example filters.
final class TestGuests {
  private TestGuests() {}

  /// Traps in the request headers if `x-trap` is there, in the response headers if the response has
  /// it; holds a request with `x-hold`.
  static byte[] fragile() {
    return Wat.guest()
        .data(1000, "x-trap")
        .data(1010, "x-hold")
        .on(
            "proxy_on_request_headers",
            "iii:i",
            ifHeader(0, 1000, "(unreachable)")
                + "(if (result i32) "
                + present(0, 1010)
                + " (then (i32.const 1)) (else (i32.const 0)))")
        .onResponseHeaders(ifHeader(2, 1000, "(unreachable)"))
        .wasm();
  }

  /// A condition: a map has the six-letter header whose name stands at `nameAt`.
  static String present(int map, int nameAt) {
    return "(i32.eqz " + Wat.call("proxy_get_header_map_value", map, nameAt, 6, 100, 104) + ")";
  }

  static String ifHeader(int map, int nameAt, String body) {
    return "(if " + present(map, nameAt) + " (then " + body + "))\n";
  }

  /// The committed module of an example filter.
  static byte[] example(String name) {
    var file = Path.of("..", "filters-examples", name, name + ".wasm");
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
