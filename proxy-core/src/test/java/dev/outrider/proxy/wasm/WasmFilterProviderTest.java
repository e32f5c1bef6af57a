package dev.outrider.proxy.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxywasm.testkit.Wat;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// How long factories and VMs live.
class WasmFilterProviderTest {
  private final TestPlugins plugins = new TestPlugins(2);

  @AfterEach
  void close() {
    plugins.close();
  }

  private static Any ticking(String configuration) {
    var guest =
        Wat.guest()
            .onConfigure("(drop " + Wat.call("proxy_set_tick_period_milliseconds", 100) + ")")
            .on("proxy_on_tick", "i:", "(call $report (i32.const 7))")
            .wasm();
    return TestPlugins.config(
        guest, plugin -> plugin.setConfiguration(TestPlugins.text(configuration)));
  }

  /// A VM of its own for each id.
  private static Any alone(String vmId) {
    return TestPlugins.config(
        TestGuests.fragile(),
        plugin -> {
          plugin.getVmConfigBuilder().setVmId(vmId);
          return plugin;
        });
  }

  @Test
  void equalConfigurationGivesTheSameFactory() {
    var first = plugins.accept(ticking("a"));

    assertThat(plugins.accept(ticking("a"))).isSameAs(first);
    assertThat(plugins.accept(ticking("b"))).isNotSameAs(first);
  }

  @Test
  void equalConfigurationThatIsStillLoadingIsLoadedOnce() {
    var first = plugins.provider.parse(ticking("a"), TestPlugins.PLACE).toCompletableFuture();
    var second = plugins.provider.parse(ticking("a"), TestPlugins.PLACE).toCompletableFuture();
    assertThat(first).isNotDone();

    plugins.runBackground();

    assertThat(second.join()).isInstanceOf(Parsed.Valid.class).isEqualTo(first.join());
    assertThat(plugins.activeVms()).isEqualTo(2);
  }

  @Test
  void preparesAVmForEveryWorkerAndClosesThemWithTheLastOne() {
    var factory = plugins.accept(ticking("a"));
    assertThat(plugins.activeVms()).isEqualTo(2);

    var one = factory.forWorker(plugins.workers.get(0));
    var two = factory.forWorker(plugins.workers.get(1));
    assertThat(plugins.vmsStarted()).isEqualTo(2);
    one.close();
    plugins.settle();
    assertThat(plugins.activeVms()).isOne();
    two.close();
    plugins.settle();

    assertThat(plugins.activeVms()).isZero();
    assertThat(plugins.accept(ticking("a"))).as("after its end").isNotSameAs(factory);
  }

  @Test
  void aConfigurationThatComesBackHasAVmForTheWorkerThatHadLetGoOfIt() {
    var config = TestPlugins.config(TestGuests.fragile());
    var factory = plugins.accept(config);
    var stays = factory.forWorker(plugins.workers.get(1));
    factory.forWorker(plugins).close();
    plugins.settle();

    assertThat(plugins.accept(config)).isSameAs(factory);
    var back = factory.forWorker(plugins);

    assertThat(plugins.status(back)).isEqualTo(200);
    assertThat(plugins.vmsStarted()).isEqualTo(3);
    back.close();
    stays.close();
  }

  @Test
  void theVmOutlivesItsConfigurationUntilItsLastStreamHasEnded() {
    var factory = plugins.accept(TestPlugins.config(TestGuests.fragile()));
    var worker = factory.forWorker(plugins);
    try (var stream = plugins.stream(worker)) {
      stream.get("x-hold", "1");
      worker.close();
      plugins.loop.runTasks();

      assertThat(plugins.activeVms()).as("one taken; the other was never taken").isOne();
    }
    plugins.loop.runTasks();

    assertThat(plugins.activeVms()).isZero();
  }

  @Test
  void nobodyWaitsAnyLongerForAGuestThatHasEnded() {
    var filter = plugins.start(TestPlugins.config(Wat.guest().wasm()));

    filter.close();
    plugins.loop.runTasks();

    assertThat(plugins.activeVms()).isZero();
    assertThat(plugins.loop.armedTimers()).isZero();
  }

  @Test
  void aGuestThatPutsItsEndOffIsWaitedForNoLongerThanTheDrainTime() {
    var guest = Wat.guest().on("proxy_on_done", "i:i", "(i32.const 0)").wasm();
    var worker = plugins.accept(TestPlugins.config(guest)).forWorker(plugins);
    worker.close();
    plugins.loop.runTasks();
    assertThat(plugins.activeVms()).isOne();

    plugins.loop.advance(Duration.ofMinutes(11));

    assertThat(plugins.activeVms()).isZero();
  }

  @Test
  void ticksOfAVmThatNoWorkerHasDoNotRunAndBeginWithItsAdoption() {
    var factory = plugins.accept(ticking("a"));
    plugins.loop.advance(Duration.ofSeconds(5));
    assertThat(plugins.log()).isEmpty();

    factory.forWorker(plugins);
    plugins.loop.advance(Duration.ofMillis(120));
    plugins.loop.advance(Duration.ofMillis(120));

    assertThat(plugins.log())
        .containsExactly("INFO wasm log p0 r0 vm: 7", "INFO wasm log p0 r0 vm: 7");
  }

  @Test
  void ticksEndWithTheConfiguration() {
    var worker = plugins.accept(ticking("a")).forWorker(plugins);
    worker.close();
    plugins.loop.runTasks();

    plugins.loop.advance(Duration.ofSeconds(5));

    assertThat(plugins.log()).isEmpty();
  }

  @Test
  void configurationsThatNobodyEverTakesAreDiscardedFromTheSeventeenthOn() {
    var adopted = plugins.accept(alone("adopted"));
    var worker = adopted.forWorker(plugins);
    var refused = plugins.accept(alone("0"));
    for (var i = 1; i < 16; i++) {
      plugins.accept(alone(Integer.toString(i)));
    }
    assertThat(plugins.activeVms()).isEqualTo(2 + 16 * 2);
    assertThat(plugins.accept(alone("0"))).isSameAs(refused);

    plugins.accept(alone("16"));

    assertThat(plugins.activeVms()).isEqualTo(2 + 16 * 2);
    assertThat(plugins.accept(alone("adopted"))).isSameAs(adopted);
    assertThat(plugins.accept(alone("0"))).as("the oldest").isNotSameAs(refused);
    worker.close();
  }

  @Test
  void aWorkerThatComesToADiscardedFactoryStartsAVmOfItsOwn() {
    var factory = plugins.accept(alone("first"));
    for (var i = 0; i < 16; i++) {
      plugins.accept(alone(Integer.toString(i)));
    }

    var worker = factory.forWorker(plugins);
    assertThat(plugins.status(worker)).as("until the VM is there").isEqualTo(503);
    plugins.runBackground();
    plugins.loop.runTasks();

    assertThat(plugins.status(worker)).isEqualTo(200);
  }

  /// A section that Envoy's build tools add for its own engines; Envoy drops it as well.
  @Test
  void aPrecompiledSectionIsIgnored() {
    var wasm = TestGuests.fragile();
    var name = "precompiled_wee8_v1_linux_x86_64";
    var section = new ByteArrayOutputStream();
    section.writeBytes(wasm);
    section.write(0); // a custom section
    section.write(1 + name.length() + 3);
    section.write(name.length());
    section.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
    section.writeBytes(new byte[] {1, 2, 3});
    var config =
        TestPlugins.config(
            section.toByteArray(),
            plugin -> {
              plugin.getVmConfigBuilder().setAllowPrecompiled(true);
              return plugin;
            });

    assertThat(plugins.status(plugins.start(config))).isEqualTo(200);
  }
}
