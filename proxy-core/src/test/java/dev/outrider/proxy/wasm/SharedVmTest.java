package dev.outrider.proxy.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.UInt64Value;
import dev.outrider.proto.wasm.v1.GuestConfig;
import dev.outrider.proto.wasm.v1.GuestLimits;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxywasm.testkit.Wat;
import io.envoyproxy.envoy.extensions.wasm.v3.FailurePolicy;
import io.envoyproxy.envoy.extensions.wasm.v3.PluginConfig;
import io.envoyproxy.envoy.extensions.wasm.v3.SanitizationConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Which plugins share a VM, which a root context, and what that means when one of them fails (ABI
/// reference 4.2 and 4, Failure).
class SharedVmTest {
  /// Counts its requests in a global of the VM, and says the number and its root's id.
  private static final byte[] COUNTING =
      Wat.guest()
          .data(1000, "x-trap")
          .with("(global $requests (mut i32) (i32.const 0))")
          .on("proxy_on_context_create", "ii:", "(call $report (local.get 1))")
          .onRequestHeaders(
              TestGuests.ifHeader(0, 1000, "(unreachable)")
                  + "(global.set $requests (i32.add (global.get $requests) (i32.const 1)))"
                  + "(call $report (i32.add (i32.const 100) (global.get $requests)))")
          .wasm();

  private TestPlugins plugins = new TestPlugins();

  @AfterEach
  void close() {
    plugins.close();
  }

  private static Any plugin(String name, UnaryOperator<PluginConfig.Builder> more) {
    return TestPlugins.config(COUNTING, plugin -> more.apply(plugin.setName(name)));
  }

  private static Any plugin(String name) {
    return plugin(name, plugin -> plugin);
  }

  private static PluginConfig.Builder vmId(PluginConfig.Builder plugin, String id) {
    plugin.getVmConfigBuilder().setVmId(id);
    return plugin;
  }

  private List<String> said() {
    return plugins.log().stream().map(line -> line.replaceFirst("INFO wasm log ", "")).toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void pluginsWithOneVmIdConfigurationCodeAndEnvironmentShareAVmOnEachWorker(int workers) {
    plugins.close();
    plugins = new TestPlugins(workers);
    var one = plugins.startEverywhere(plugin("one"));
    var two = plugins.startEverywhere(plugin("two"));

    for (var worker = 0; worker < workers; worker++) {
      plugins.status(one.get(worker));
      plugins.status(two.get(worker));
    }

    assertThat(plugins.vmsStarted()).isEqualTo(workers);
    assertThat(said()).filteredOn("one r0 vm: 101"::equals).hasSize(workers);
    assertThat(said()).filteredOn("two r0 vm: 102"::equals).hasSize(workers);
    one.forEach(WorkerFilterFactory::close);
    plugins.settle();
    assertThat(plugins.activeVms()).isEqualTo(workers);
    two.forEach(WorkerFilterFactory::close);
    plugins.settle();
    assertThat(plugins.activeVms()).isZero();
    assertThat(plugins.plugins.services().memory().heldBytes()).isZero();
  }

  @Test
  void anythingElseHasAVmOfItsOwn() {
    var different =
        List.<UnaryOperator<PluginConfig.Builder>>of(
            plugin -> vmId(plugin, "other"),
            plugin -> {
              plugin.getVmConfigBuilder().setConfiguration(TestPlugins.text("other"));
              return plugin;
            },
            plugin -> {
              plugin
                  .getVmConfigBuilder()
                  .getEnvironmentVariablesBuilder()
                  .putKeyValues("OTHER", "1");
              return plugin;
            },
            plugin -> {
              plugin
                  .getCapabilityRestrictionConfigBuilder()
                  .putAllowedCapabilities("proxy_log", SanitizationConfig.getDefaultInstance());
              return plugin;
            },
            plugin ->
                plugin.setConfiguration(
                    Any.pack(
                        GuestConfig.newBuilder()
                            .setLimits(
                                GuestLimits.newBuilder().setMemoryBytes(UInt64Value.of(16 << 20)))
                            .build())),
            plugin -> plugin.setFailurePolicy(FailurePolicy.FAIL_OPEN),
            plugin -> plugin.setFailurePolicy(FailurePolicy.FAIL_RELOAD));
    plugins.start(plugin("p"));

    var vms = 1;
    for (var each : different) {
      plugins.start(plugin("p", each));

      assertThat(plugins.activeVms()).isEqualTo(++vms);
    }
    plugins.start(TestPlugins.config(TestGuests.fragile(), plugin -> plugin.setName("p")));
    assertThat(plugins.activeVms()).as("other code").isEqualTo(vms + 1);
  }

  @Test
  void onePluginIsOneRootContextHoweverItIsWritten() {
    var written = plugins.start(plugin("p"));
    var otherwise = plugins.start(plugin("p", p -> p.setFailurePolicy(FailurePolicy.FAIL_CLOSED)));
    plugins.start(plugin("p", p -> p.setRootId("r1")));
    plugins.start(plugin("p", p -> p.setConfiguration(TestPlugins.text("x"))));

    plugins.status(written);
    plugins.status(otherwise);

    assertThat(said()).filteredOn(line -> line.endsWith(": 0")).as("root contexts").hasSize(3);
    assertThat(said()).contains("p r0 vm: 101", "p r0 vm: 102");
  }

  @Test
  void theRootOfAPluginThatIsSharedEndsWithTheLastThatUsesIt() {
    var written = plugins.start(plugin("p"));
    var otherwise = plugins.start(plugin("p", p -> p.setFailurePolicy(FailurePolicy.FAIL_CLOSED)));

    written.close();
    plugins.settle();
    assertThat(plugins.status(otherwise)).isEqualTo(200);
    otherwise.close();
    plugins.settle();

    assertThat(plugins.activeVms()).isZero();
  }

  @Test
  void aPluginThatWasPreparedForAnotherIsNotStartedUntilItIsTaken() {
    var ticking =
        Wat.guest()
            .onConfigure("(drop " + Wat.call("proxy_set_tick_period_milliseconds", 100) + ")")
            .on("proxy_on_tick", "i:", "(call $report (i32.const 7))")
            .wasm();
    plugins.accept(TestPlugins.config(ticking, plugin -> plugin.setName("never taken")));
    plugins.start(TestPlugins.config(ticking, plugin -> plugin.setName("taken")));

    plugins.advance(Duration.ofMillis(120));

    assertThat(plugins.vmsStarted()).isOne();
    assertThat(said()).containsExactly("taken r0 vm: 7");
  }

  @Test
  void aFailureHitsEveryPluginOfTheVm() {
    var one = plugins.start(plugin("one"));
    var two = plugins.start(plugin("two"));
    var other = plugins.start(plugin("one", plugin -> vmId(plugin, "other")));

    assertThat(plugins.status(one, "x-trap", "1")).isEqualTo(503);

    assertThat(plugins.status(two)).isEqualTo(503);
    assertThat(plugins.status(other)).isEqualTo(200);
    assertThat(plugins.counter("wasm.one.guest_failures")).isOne();
    assertThat(plugins.counter("wasm.two.guest_failures")).isOne();
    assertThat(plugins.log()).filteredOn(line -> line.startsWith("ERROR wasm plugin")).hasSize(2);
  }

  @Test
  void pluginsThatReloadMeetInOneNewVm() {
    var one = plugins.start(plugin("one", p -> p.setFailurePolicy(FailurePolicy.FAIL_RELOAD)));
    var two = plugins.start(plugin("two", p -> p.setFailurePolicy(FailurePolicy.FAIL_RELOAD)));
    plugins.status(one, "x-trap", "1");

    plugins.advance(Duration.ofSeconds(2));

    assertThat(plugins.status(one)).isEqualTo(200);
    assertThat(plugins.status(two)).isEqualTo(200);
    assertThat(said()).contains("one r0 vm: 101", "two r0 vm: 102");
    assertThat(plugins.vmsStarted()).isEqualTo(2);
    assertThat(plugins.counter("wasm.one.vm_reload_success")).isOne();
    assertThat(plugins.counter("wasm.two.vm_reload_success")).isOne();
    assertThat(plugins.activeVms()).isOne();
  }

  @Test
  void aPluginThatTrapsInItsConfigurationOnTheWorkerFailsTheWholeVm() {
    // Only the second time that a VM configures, which the canary does not see.
    var guest =
        Wat.guest()
            .with("(global $configured (mut i32) (i32.const 0))")
            .onConfigure(
                "(if (global.get $configured) (then (unreachable)))"
                    + "(global.set $configured (i32.const 1))")
            .wasm();
    var one = plugins.start(TestPlugins.config(guest, plugin -> plugin.setName("one")));

    var two = plugins.start(TestPlugins.config(guest, plugin -> plugin.setName("two")));
    plugins.settle();

    assertThat(plugins.status(one)).isEqualTo(503);
    assertThat(plugins.status(two)).isEqualTo(503);
    assertThat(plugins.activeVms()).isZero();
    one.close();
    two.close();
    assertThat(plugins.loop.armedTimers()).isZero();
  }

  @Test
  void hundredVmRebuildsLeaveNothingBehind() {
    var filter =
        plugins.start(plugin("p", plugin -> plugin.setFailurePolicy(FailurePolicy.FAIL_RELOAD)));
    for (var rebuild = 0; rebuild < 100; rebuild++) {
      assertThat(plugins.status(filter, "x-trap", "1")).isEqualTo(503);
      plugins.advance(Duration.ofSeconds(10));
      assertThat(plugins.activeVms()).isOne();
    }
    assertThat(plugins.counter("wasm.p.vm_reload_success")).isEqualTo(100);

    filter.close();
    plugins.settle();

    assertThat(plugins.activeVms()).isZero();
    assertThat(plugins.plugins.services().memory().heldBytes()).isZero();
    assertThat(plugins.loop.armedTimers()).isZero();
    assertThat(plugins.plugins.isEmpty()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void thousandConfigurationChangesLeaveNothingBehind(int workers) {
    plugins.close();
    plugins = new TestPlugins(workers);
    var serving = new ArrayList<List<WorkerFilterFactory>>();
    for (var change = 0; change < 1000; change++) {
      var text = TestPlugins.text(Integer.toString(change));
      serving.add(plugins.startEverywhere(plugin("p", p -> p.setConfiguration(text))));
      if (serving.size() > 1) {
        serving.removeFirst().forEach(WorkerFilterFactory::close);
      }
      plugins.settle();
    }
    assertThat(plugins.vmsStarted()).as("one for each worker, all the time").isEqualTo(workers);

    serving.getFirst().forEach(WorkerFilterFactory::close);
    plugins.settle();

    assertThat(plugins.activeVms()).isZero();
    assertThat(plugins.plugins.services().memory().heldBytes()).isZero();
    assertThat(plugins.plugins.isEmpty()).isTrue();
    plugins.workers.forEach(worker -> assertThat(worker.loop.armedTimers()).isZero());
  }
}
