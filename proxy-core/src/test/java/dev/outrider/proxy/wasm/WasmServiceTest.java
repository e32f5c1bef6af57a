package dev.outrider.proxy.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.extension.BootstrapExtension;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxywasm.testkit.Wat;
import io.envoyproxy.envoy.extensions.filters.http.wasm.v3.Wasm;
import io.envoyproxy.envoy.extensions.wasm.v3.WasmService;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A plugin that runs beside the traffic: `singleton` on the main loop, else on every worker.
class WasmServiceTest {
  private static final int WORKERS = 2;

  /// Two workers; the third is the main loop.
  private final TestPlugins plugins = new TestPlugins(WORKERS, 1);

  @AfterEach
  void close() {
    plugins.close();
  }

  private static final byte[] TICKING =
      Wat.guest()
          .onConfigure("(drop " + Wat.call("proxy_set_tick_period_milliseconds", 100) + ")")
          .on("proxy_on_tick", "i:", "(call $report (i32.const 7))")
          .wasm();

  private Parsed<BootstrapExtension> parse(byte[] wasm, boolean singleton) {
    try {
      var plugin = Wasm.parseFrom(TestPlugins.config(wasm).getValue()).getConfig();
      var config =
          Any.pack(WasmService.newBuilder().setConfig(plugin).setSingleton(singleton).build());
      var stage =
          new WasmServiceProvider(plugins.plugins)
              .parse(config, TestPlugins.PLACE)
              .toCompletableFuture();
      plugins.runBackground();
      return stage.join();
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private BootstrapExtension start(byte[] wasm, boolean singleton) {
    return switch (parse(wasm, singleton)) {
      case Parsed.Valid<BootstrapExtension>(var extension) -> {
        extension.start(plugins.workers.getLast(), plugins.workers.subList(0, WORKERS));
        yield extension;
      }
      case Parsed.Invalid<BootstrapExtension>(var problems) ->
          throw new AssertionError(problems.toString());
    };
  }

  @ParameterizedTest
  @CsvSource({"true, 1", "false, 2"})
  void saysGoodByeWhenTheProcessEnds(boolean singleton, int times) {
    var guest =
        Wat.guest()
            .on("proxy_on_done", "i:i", "(call $report (i32.const 8)) (i32.const 1)")
            .on("proxy_on_delete", "i:", "(call $report (i32.const 9))")
            .wasm();
    var service = start(guest, singleton);
    plugins.settle();

    service.stop(plugins.workers.getLast(), plugins.workers.subList(0, WORKERS));
    plugins.settle();

    var once = List.of("INFO wasm log p0 r0 vm: 8", "INFO wasm log p0 r0 vm: 9");
    assertThat(plugins.log())
        .containsExactlyElementsOf(
            Stream.generate(() -> once).limit(times).flatMap(List::stream).toList());
  }

  @Test
  void aSingletonTicksOnceOnTheMainLoop() {
    start(TICKING, true);

    plugins.advance(Duration.ofMillis(120));

    assertThat(plugins.vmsStarted()).isOne();
    assertThat(plugins.log()).containsExactly("INFO wasm log p0 r0 vm: 7");
    assertThat(plugins.workers.getLast().loop.armedTimers()).isOne();
  }

  @Test
  void otherwiseEveryWorkerHasOne() {
    start(TICKING, false);

    plugins.settle();
    plugins.advance(Duration.ofMillis(120));

    assertThat(plugins.vmsStarted()).isEqualTo(WORKERS);
    assertThat(plugins.log()).hasSize(WORKERS);
    assertThat(plugins.workers.getLast().loop.armedTimers()).isZero();
  }

  @Test
  void aServiceAndAFilterInOneVmHaveOnePreparedForEachLoop() {
    assertThat(parse(TICKING, true).problems()).isEmpty();
    var factory = plugins.accept(TestPlugins.config(TICKING));
    assertThat(plugins.vmsStarted()).isEqualTo(WORKERS + 1);

    start(TICKING, true);
    var workers = plugins.workers.subList(0, WORKERS).stream().map(factory::forWorker).toList();

    workers.forEach(worker -> assertThat(plugins.status(worker)).isEqualTo(200));
    assertThat(plugins.vmsStarted()).isEqualTo(WORKERS + 1);
  }

  @Test
  void nothingTicksBeforeTheProcessIsReady() {
    assertThat(parse(TICKING, true).problems()).isEmpty();

    plugins.advance(Duration.ofSeconds(1));

    assertThat(plugins.log()).isEmpty();
  }

  @Test
  void itsCallsGoOutOverTheMainLoop() {
    var guest = GuestServicesTest.calling().onConfigure(GuestServicesTest.CALL).wasm();

    start(guest, true);

    assertThat(plugins.workers.getLast().callouts.calls()).hasSize(1);
    plugins.workers.getLast().callouts.answer(200, "hello");
    assertThat(plugins.log()).last().isEqualTo("INFO wasm log p0 r0 vm: hello");
  }

  @Test
  void aServiceThatRefusesItsConfigurationRefusesTheBootstrap() {
    var guest = Wat.guest().on("proxy_on_configure", "ii:i", "(i32.const 0)").wasm();

    assertThat(parse(guest, true).problems())
        .singleElement()
        .asString()
        .contains("Unable to create Wasm plugin p0")
        .contains("returned false");
  }
}
