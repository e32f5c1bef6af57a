package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.testkit.Wat;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a guest cannot do to the proxy.
@Timeout(60)
class GuestIT {
  private static final String ANSWER =
      "{ match: { prefix: / }, direct_response: { status: 200, body: { inline_string: served } } }";

  @TempDir Path folder;

  @Test
  void aGuestThatLoopsIsStoppedAndTheWorkerLives() throws Exception {
    var guest =
        Wat.guest()
            .data(1000, "x-loop")
            .onRequestHeaders(
                "(if (i32.eqz "
                    + Wat.call("proxy_get_header_map_value", 0, 1000, 6, 100, 104)
                    + ") (then (loop $again (br $again))))\n")
            .wasm();
    var module = Files.write(folder.resolve("loop.wasm"), guest);
    var bootstrap = TestBootstrap.create().route(ANSWER).wasm("looper", module, "");

    try (var server = TestServer.start(bootstrap.yaml(), 1);
        var client = server.client();
        var witness = server.client()) {
      assertThat(witness.get("/").read().body()).isEqualTo("served");
      var looped = client.send("GET / HTTP/1.1\nhost: a\nx-loop: 1\n\n").read();

      assertThat(looped.code()).isEqualTo(503);
      assertThat(looped.body()).isEmpty();
      // the only worker answers; the plugin fails closed, as Envoy's default policy has it
      assertThat(witness.get("/").read().code()).isEqualTo(503);
      assertThat(server.stat("http.test.downstream_rq_completed")).isEqualTo(3);
    }
  }
}
