package dev.outrider.proxy.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.http.HeadKind;
import dev.outrider.proxy.http.HeaderName;
import dev.outrider.proxy.http.HeaderNames;
import dev.outrider.proxy.stream.AccessLogger;
import dev.outrider.proxy.stream.StreamInfo;
import dev.outrider.proxywasm.testkit.Wat;
import io.envoyproxy.envoy.extensions.access_loggers.wasm.v3.WasmAccessLog;
import io.envoyproxy.envoy.extensions.filters.http.wasm.v3.Wasm;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A guest that logs finished streams, whoever filtered them.
class WasmAccessLogTest {
  private final TestPlugins plugins = new TestPlugins(2);

  @BeforeEach
  void serve() {
    plugins.workers.forEach(plugins.plugins::serve);
  }

  @AfterEach
  void close() {
    plugins.close();
  }

  private static final byte[] LOGGING =
      Wat.guest()
          .data(1000, ":path")
          .data(1010, "response\0code_details")
          .data(1050, "x-trap")
          .on(
              "proxy_on_log",
              "i:",
              "(if "
                  + TestGuests.present(0, 1050)
                  + " (then (unreachable))) (drop "
                  + Wat.call("proxy_get_header_map_value", 0, 1000, 5, 100, 104)
                  + ")"
                  + Wat.show(100, 104)
                  + "(drop "
                  + Wat.call("proxy_get_property", 1010, 21, 100, 104)
                  + ")"
                  + Wat.show(100, 104))
          .wasm();

  private AccessLogger logger(byte[] wasm) {
    try {
      var plugin = Wasm.parseFrom(TestPlugins.config(wasm).getValue()).getConfig();
      var config = Any.pack(WasmAccessLog.newBuilder().setConfig(plugin).build());
      var stage =
          new WasmAccessLogProvider(plugins.plugins)
              .parse(config, TestPlugins.PLACE)
              .toCompletableFuture();
      plugins.runBackground();
      return switch (stage.join()) {
        case Parsed.Valid<AccessLogger>(var logger) -> logger;
        case Parsed.Invalid<AccessLogger>(var problems) ->
            throw new AssertionError(problems.toString());
      };
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private void finish(AccessLogger logger, String path, boolean trap) {
    var info = new StreamInfo();
    var head = plugins.heads.take(HeadKind.REQUEST);
    head.set(HeaderNames.PATH, path);
    if (trap) {
      head.add(HeaderName.of("x-trap"), "1");
    }
    info.requestHead(head);
    info.details("via_upstream");
    logger.log(info);
    head.release();
  }

  @Test
  void theRootSeesHeadsAndPropertiesOfEachStreamOnEachWorker() {
    var config = logger(LOGGING);
    var first = config.onLoop(plugins.workers.get(0).loop);
    var second = config.onLoop(plugins.workers.get(1).loop);

    finish(first, "/one", false);
    finish(second, "/two", false);

    assertThat(plugins.log())
        .containsExactly(
            "INFO wasm log p0 r0 vm: /one",
            "INFO wasm log p0 r0 vm: via_upstream",
            "INFO wasm log p0 r0 vm: /two",
            "INFO wasm log p0 r0 vm: via_upstream");
    first.leave();
    second.leave();
    plugins.settle();
    assertThat(plugins.activeVms()).isZero();
  }

  @Test
  void loggerAndFilterOfOneConfigurationAreOneRootContext() {
    var filter = plugins.start(TestPlugins.config(LOGGING));
    var logger = logger(LOGGING).onLoop(plugins.loop);
    plugins.status(filter);
    assertThat(plugins.log()).hasSize(2);

    finish(logger, "/logged", false);

    assertThat(plugins.activeVms()).as("one in use, one prepared").isEqualTo(2);
    filter.close();
    plugins.settle();
    finish(logger, "/again", false);
    assertThat(plugins.log()).hasSize(6).contains("INFO wasm log p0 r0 vm: /again");
    logger.leave();
    plugins.settle();
    assertThat(plugins.activeVms()).isZero();
  }

  @Test
  void aTrapInTheLogIsTheEndOfTheLoggerOnly() {
    var logger = logger(LOGGING).onLoop(plugins.loop);

    finish(logger, "/trap", true);
    finish(logger, "/later", false);

    assertThat(plugins.log())
        .singleElement()
        .asString()
        .startsWith("ERROR wasm plugin p0: Function: proxy_on_log failed: ");
    logger.leave();
  }

  @Test
  void whatIsNoConfigurationIsRefused() {
    var broken =
        Any.newBuilder()
            .setTypeUrl("type.googleapis.com/envoy.extensions.access_loggers.wasm.v3.WasmAccessLog")
            .setValue(ByteString.copyFromUtf8("\u0001"))
            .build();

    var parsed =
        new WasmAccessLogProvider(plugins.plugins)
            .parse(broken, TestPlugins.PLACE)
            .toCompletableFuture()
            .join();

    assertThat(parsed.problems()).hasSize(1);
  }
}
