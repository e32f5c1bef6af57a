package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.outrider.proxywasm.testkit.Wat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// Guests that are no filters, in a running process: an access logger and a service.
@Timeout(60)
class GuestExtensionsIT {
  private static final String ANSWER =
      "{ match: { prefix: / }, direct_response: { status: 200, body: { inline_string: served } } }";

  @TempDir Path folder;

  /// Counts streams that it logs and its ticks.
  private Path counting() throws Exception {
    var guest =
        Wat.guest()
            .data(1000, "logged")
            .data(1010, "ticks")
            .onConfigure(
                "(drop "
                    + Wat.call("proxy_define_metric", 0, 1000, 6, 200)
                    + ") (drop "
                    + Wat.call("proxy_define_metric", 0, 1010, 5, 204)
                    + ") (drop "
                    + Wat.call("proxy_set_tick_period_milliseconds", 20)
                    + ")")
            .on("proxy_on_log", "i:", increment(200))
            .on("proxy_on_tick", "i:", increment(204))
            .wasm();
    return Files.write(folder.resolve("counting.wasm"), guest);
  }

  private static String increment(int idAt) {
    return "(drop (call $proxy_increment_metric (i32.load (i32.const %d)) (i64.const 1)))"
        .formatted(idAt);
  }

  private static String plugin(Path module) {
    return "{ name: counting, vm_config: { code: { local: { filename: \"%s\" } } } }"
        .formatted(module.toAbsolutePath());
  }

  private static String service(Path module) {
    return """

    bootstrap_extensions:
    - name: envoy.bootstrap.wasm
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.wasm.v3.WasmService
        singleton: true
        config: %s
    """
        .formatted(plugin(module));
  }

  @Test
  void anAccessLoggerSeesEveryFinishedStream() throws Exception {
    var log =
        "[{ name: wasm, typed_config: { \"@type\":"
            + " type.googleapis.com/envoy.extensions.access_loggers.wasm.v3.WasmAccessLog, config: "
            + plugin(counting())
            + " } }]";
    var bootstrap = TestBootstrap.create().route(ANSWER).accessLog(log);

    try (var server = TestServer.start(bootstrap.yaml(), 2);
        var client = server.client()) {
      assertThat(client.get("/").read().body()).isEqualTo("served");
      assertThat(client.get("/").read().body()).isEqualTo("served");
      // the third answer comes after the second stream has ended
      assertThat(client.get("/").read().body()).isEqualTo("served");

      assertThat(server.stat("wasmcustom.logged")).isBetween(2L, 3L);
      assertThat(server.admin("/unsupported_fields").body()).isEmpty();
    }
  }

  @Test
  void aServiceTicksOnTheMainLoop() throws Exception {
    var yaml = TestBootstrap.create().route(ANSWER).yaml() + service(counting());

    try (var server = TestServer.start(yaml, 2)) {
      assertThat(server.stat("wasm.envoy.wasm.runtime.v8.created")).isOne();
      while (server.stat("wasmcustom.ticks") < 2) {
        Thread.onSpinWait();
      }
      assertThat(server.admin("/unsupported_fields").body()).isEmpty();
    }
  }

  /// As Envoy does, which waits for nobody that has more to do.
  @Test
  void everyGuestSaysGoodByeWhenTheProcessEnds() throws Exception {
    var wasm =
        Wat.guest()
            .data(1000, "done")
            .data(1010, "deleted")
            .on("proxy_on_done", "i:i", "(call $say (i32.const 1000) (i32.const 4)) (i32.const 1)")
            .on("proxy_on_delete", "i:", "(call $say (i32.const 1010) (i32.const 7))")
            .wasm();
    var module = Files.write(folder.resolve("polite.wasm"), wasm);
    var filter =
        "[{ name: wasm, typed_config: { \"@type\":"
            + " type.googleapis.com/envoy.extensions.access_loggers.wasm.v3.WasmAccessLog, config: "
            + plugin(module)
            + " } }]";
    var yaml =
        TestBootstrap.create().route(ANSWER).accessLog(filter).yaml()
            + service(module)
            + service(module).replace("true", "false").replaceFirst("(?s)^.*?extensions:\n", "");

    var lines = new ListAppender<ILoggingEvent>();
    var logger = (Logger) LoggerFactory.getLogger("wasm");
    lines.start();
    logger.addAppender(lines);
    logger.setLevel(Level.INFO);
    try {
      TestServer.start(yaml, 1).close();
    } finally {
      logger.setLevel(null);
      logger.detachAppender(lines);
    }

    // access logger and service of the worker are one plugin: the main loop's and the worker's
    var once = List.of("wasm log counting: done", "wasm log counting: deleted");
    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .filteredOn(once::contains)
        .hasSize(4)
        .containsAll(once);
  }

  @Test
  void aServiceThatCannotStartKeepsTheProcessFromStarting() {
    var yaml = TestBootstrap.create().route(ANSWER).yaml() + service(Path.of("/no/such.wasm"));

    assertThatThrownBy(() -> TestServer.start(yaml, 1).close())
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("bootstrap: bootstrap_extensions[0].typed_config.config")
        .hasMessageContaining("Invalid path: /no/such.wasm");
  }
}
