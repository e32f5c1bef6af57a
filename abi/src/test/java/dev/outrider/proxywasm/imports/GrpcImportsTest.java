package dev.outrider.proxywasm.imports;

import static dev.outrider.proxywasm.testkit.Wat.report;
import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.host.LogLevel;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.Wat;
import org.junit.jupiter.api.Test;

class GrpcImportsTest {
  @Test
  void linksEveryFunctionAndSaysOnceThatItIsNotImplemented() {
    var calls =
        report("proxy_grpc_call", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
            + report("proxy_grpc_stream", 0, 0, 0, 0, 0, 0, 0, 0, 0)
            + report("proxy_grpc_send", 0, 0, 0, 0)
            + report("proxy_grpc_cancel", 0)
            + report("proxy_grpc_close", 0);
    var wasm = Wat.guest().onConfigure(calls).onRequestHeaders(calls);

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var _ = guest.request("GET", "/");

      assertThat(guest.log().texts(LogLevel.INFO)).hasSize(10).containsOnly("12");
      assertThat(guest.log().texts(LogLevel.WARN))
          .containsExactly(
              "proxy_grpc_call is not implemented by this host",
              "proxy_grpc_stream is not implemented by this host",
              "proxy_grpc_send is not implemented by this host",
              "proxy_grpc_cancel is not implemented by this host",
              "proxy_grpc_close is not implemented by this host");
    }
  }

  @Test
  void linksTheOlderTypeOfTheCall() {
    var wasm =
        Wat.guest()
            .with("(func $unused (drop (call $old" + " (i32.const 0)".repeat(10) + ")))")
            .imports(
                "(import \"env\" \"proxy_grpc_call\" (func $old (param"
                    + " i32".repeat(10)
                    + ") (result i32)))");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.vm().failure()).isNull();
    }
  }
}
