package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.outrider.proxywasm.testkit.Wat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
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
      assertThat(server.admin("/wasm").body())
          .contains("looper::abi_version::0.2.1\n")
          .contains("looper::guest_failures::1\n")
          .contains("looper::guest_timeouts::1\n");
    }
  }

  /// Whichever worker puts an item in: the one that registered the queue last is told, on its loop.
  @Test
  void aQueueTellsOneWorkerOfItemsFromAll() throws Exception {
    var guest =
        Wat.guest()
            .data(1000, "queue")
            .data(1010, "told")
            .data(1020, "taken")
            .onConfigure(
                Wat.report("proxy_register_shared_queue", 1000, 5, 200)
                    + Wat.report("proxy_define_metric", 0, 1010, 4, 204)
                    + Wat.report("proxy_define_metric", 0, 1020, 5, 208))
            .onRequestHeaders(
                "(drop (call $proxy_enqueue_shared_queue (i32.load (i32.const 200)) (i32.const"
                    + " 1000) (i32.const 5)))")
            .on(
                "proxy_on_queue_ready",
                "ii:",
                "(drop (call $proxy_increment_metric (i32.load (i32.const 204)) (i64.const 1)))"
                    + "(if (i32.eqz (call $proxy_dequeue_shared_queue (local.get 1) (i32.const 100)"
                    + " (i32.const 104))) (then (drop (call $proxy_increment_metric (i32.load"
                    + " (i32.const 208)) (i64.const 1)))))")
            .wasm();
    var module = Files.write(folder.resolve("queue.wasm"), guest);
    var bootstrap = TestBootstrap.create().route(ANSWER).wasm("queue", module, "");

    try (var server = TestServer.start(bootstrap.yaml(), 2)) {
      for (var i = 0; i < 20; i++) {
        assertThat(server.get("/").body()).isEqualTo("served");
      }

      var patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (server.stat("wasmcustom.taken") < 20 && System.nanoTime() < patience) {
        Thread.onSpinWait(); // each look is a request to the admin interface
      }
      assertThat(server.stat("wasmcustom.told")).isEqualTo(20);
      assertThat(server.stat("wasmcustom.taken")).isEqualTo(20);
    }
  }
}
