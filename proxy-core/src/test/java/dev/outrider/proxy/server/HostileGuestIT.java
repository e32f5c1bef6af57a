package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxy.worker.RawClient;
import dev.outrider.proxywasm.testkit.Wat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Limits of a guest and their breach, from the configuration to the client and the admin
/// interface.
@Timeout(120)
class HostileGuestIT {
  private static final String ANSWER =
      "{ match: { prefix: / }, direct_response: { status: 200, body: { inline_string: served } } }";

  @TempDir Path folder;

  private String bootstrap(byte[] guest, String limits) throws IOException {
    var module = Files.write(folder.resolve("guest.wasm"), guest);
    return TestBootstrap.create()
        .route(ANSWER)
        .filter(
            """
            - name: hostile
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
                config:
                  name: hostile
                  failure_policy: FAIL_OPEN
                  vm_config: { code: { local: { filename: "%s" } } }
                  configuration:
                    "@type": type.googleapis.com/outrider.wasm.v1.GuestConfig
                    limits: %s
            """
                .formatted(module, limits))
        .yaml();
  }

  @Test
  void theProxyIsNotReadyWhileAGuestKeepsItsWorkerAndIsReadyAgainAfterwards() throws Exception {
    var looping =
        Wat.guest()
            .data(1000, "x-loop")
            .onRequestHeaders(
                "(if (i32.eqz "
                    + Wat.call("proxy_get_header_map_value", 0, 1000, 6, 100, 104)
                    + ") (then (loop $again (br $again))))\n")
            .wasm();
    var bootstrap = bootstrap(looping, "{request_cpu: 1s}");

    try (var server = TestServer.start(bootstrap, 1);
        var client = server.client()) {
      assertThat(server.admin("/ready").body()).isEqualTo("LIVE\n");
      client.send("GET / HTTP/1.1\nhost: a\nx-loop: 1\n\n");

      var stuck = readyUntil(server, 503);
      assertThat(stuck.body()).isEqualTo("worker 0 does not answer\n");

      assertThat(readyUntil(server, 200).body()).isEqualTo("LIVE\n");
      assertThat(client.read().code()).isEqualTo(503);
      assertThat(client.get("/").read().body()).as("open after the failure").isEqualTo("served");
      assertThat(server.stat("wasm.hostile.guest_timeouts")).isOne();
    }
  }

  /// Asks until the answer is that; each answer that is not LIVE takes half a second by itself.
  private static RawClient.Response readyUntil(TestServer server, int code) throws IOException {
    while (true) {
      var answer = server.admin("/ready");
      if (answer.code() == code) {
        return answer;
      }
    }
  }

  @Test
  void aGuestThatHoldsARequestForTooLongLosesIt() throws Exception {
    var holding =
        Wat.guest()
            .data(1000, "x-hold")
            .on(
                "proxy_on_request_headers",
                "iii:i",
                "(i32.eqz " + Wat.call("proxy_get_header_map_value", 0, 1000, 6, 100, 104) + ")")
            .wasm();
    var bootstrap = bootstrap(holding, "{pause: 0.2s}");

    try (var server = TestServer.start(bootstrap, 1);
        var client = server.client()) {
      var held = client.send("GET / HTTP/1.1\nhost: a\nx-hold: 1\n\n").read();

      assertThat(held.body()).as("FAIL_OPEN lets it go on without the filter").isEqualTo("served");
      assertThat(server.stat("wasm.hostile.pause_timeouts")).isOne();
      assertThat(server.stat("wasm.hostile.guest_failures")).isZero();
    }
  }

  @Test
  void aGuestThatEatsMemoryAndStackLeavesTheProxyServing() throws Exception {
    var hungry =
        Wat.guest()
            .data(1000, "x-deep")
            .with(
                "(func $down (param i32) (result i32) (i32.add (i32.const 1) (call $down"
                    + " (local.get 0))))")
            .onRequestHeaders(
                "(loop $grow (br_if $grow (i32.ne (memory.grow (i32.const 1)) (i32.const"
                    + " -1))))"
                    + "(if (i32.eqz "
                    + Wat.call("proxy_get_header_map_value", 0, 1000, 6, 100, 104)
                    + ") (then (drop (call $down (i32.const 1)))))")
            .wasm();
    var bootstrap = bootstrap(hungry, "{request_cpu: 5s, memory_bytes: 1048576}");

    try (var server = TestServer.start(bootstrap, 1);
        var client = server.client()) {
      assertThat(client.get("/").read().body()).isEqualTo("served");
      assertThat(server.stat("wasm.hostile.memory_bytes")).isEqualTo(1 << 20);

      assertThat(client.send("GET / HTTP/1.1\nhost: a\nx-deep: 1\n\n").read().code())
          .isEqualTo(503);
      assertThat(server.stat("wasm.hostile.guest_out_of_memory")).isOne();
      assertThat(client.get("/").read().body()).isEqualTo("served");
    }
  }
}
