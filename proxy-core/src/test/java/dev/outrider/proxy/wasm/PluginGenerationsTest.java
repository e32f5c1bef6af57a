package dev.outrider.proxy.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.outrider.proto.wasm.v1.GuestConfig;
import dev.outrider.proto.wasm.v1.GuestLimits;
import dev.outrider.proxy.filter.WorkerFilterFactory;
import dev.outrider.proxywasm.testkit.Wat;
import io.envoyproxy.envoy.extensions.wasm.v3.FailurePolicy;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A new configuration of a plugin whose VM lives, and how the old one leaves (architecture 5.3).
class PluginGenerationsTest {
  /// Says its configuration's size at `proxy_on_configure`, 1 at `proxy_on_done`, 2 at
  /// `proxy_on_delete` of whatever context; holds requests.
  private static final byte[] SAYING =
      Wat.guest()
          .on("proxy_on_configure", "ii:i", "(call $report (local.get 1)) (i32.const 1)")
          .on("proxy_on_request_headers", "iii:i", "(i32.const 1)")
          .on("proxy_on_done", "i:i", "(call $report (i32.const 1)) (i32.const 1)")
          .on("proxy_on_delete", "i:", "(call $report (i32.const 2))")
          .wasm();

  private final TestPlugins plugins = new TestPlugins();

  @AfterEach
  void close() {
    plugins.close();
  }

  /// May hold a stream for an hour: nothing but the drain time is to end it.
  private static Any config(String text, FailurePolicy policy) {
    var patient =
        GuestConfig.newBuilder()
            .setConfiguration(TestPlugins.text(text))
            .setLimits(
                GuestLimits.newBuilder()
                    .setPause(com.google.protobuf.Duration.newBuilder().setSeconds(3600)))
            .build();
    return TestPlugins.config(
        SAYING, plugin -> plugin.setConfiguration(Any.pack(patient)).setFailurePolicy(policy));
  }

  private static Any config(String text) {
    return config(text, FailurePolicy.FAIL_CLOSED);
  }

  @Test
  void aNewConfigurationIsANewRootInTheLivingVm() {
    var old = plugins.start(config("aaaa"));

    plugins.start(config("bbbbb"));
    old.close();
    plugins.settle();

    assertThat(plugins.vmsStarted()).isOne();
    assertThat(plugins.log())
        .containsExactly(
            "INFO wasm log p0 r0 vm: 4",
            "INFO wasm log p0 r0 vm: 5",
            "INFO wasm log p0 r0 vm: 1",
            "INFO wasm log p0 r0 vm: 2");
  }

  @Test
  void theOldRootEndsWithItsLastStream() {
    var old = plugins.start(config("aaaa"));
    var stream = plugins.stream(old);
    stream.get();
    plugins.start(config("bbbbb"));

    old.close();
    plugins.settle();
    assertThat(plugins.log()).doesNotContain("INFO wasm log p0 r0 vm: 2");
    stream.close();

    assertThat(plugins.log()).last().isEqualTo("INFO wasm log p0 r0 vm: 2");
    assertThat(plugins.activeVms()).as("of the new root").isOne();
  }

  @Test
  void aStreamThatOutlivesItsConfigurationByTheDrainTimeIsAnswered() {
    var old = plugins.start(config("aaaa"));
    try (var stream = plugins.stream(old)) {
      stream.get();
      plugins.start(config("bbbbb"));
      old.onRetired();
      plugins.advance(Duration.ofMinutes(9));
      assertThat(stream.client()).isEmpty();

      plugins.advance(Duration.ofMinutes(2));

      assertThat(stream.client()).containsExactly("head :status: 503 end");
      assertThat(plugins.counter("wasm.p0.drain_timeouts")).isOne();
      assertThat(plugins.status(old)).as("a straggler").isEqualTo(503);
    }
    old.close();
    assertThat(plugins.loop.armedTimers()).isZero();
  }

  @Test
  void underFailOpenItGoesOnWithoutTheGuest() {
    var old = plugins.start(config("aaaa", FailurePolicy.FAIL_OPEN));
    try (var stream = plugins.stream(old)) {
      stream.get();
      old.onRetired();

      plugins.advance(Duration.ofMinutes(11));

      assertThat(stream.upstream()).hasSize(1);
      stream.response(200, true);
      assertThat(stream.client()).containsExactly("head :status: 200 end");
    }
    assertThat(plugins.status(old)).isEqualTo(200);
  }

  @Test
  void atMostTwoOldConfigurationsOfAPluginAreWaitedFor() {
    var streams = new ArrayList<TestStream>();
    var filters = new ArrayList<WorkerFilterFactory>();
    for (var generation = 0; generation < 4; generation++) {
      var filter = plugins.start(config("g" + generation));
      if (!filters.isEmpty()) {
        filters.getLast().onRetired();
      }
      filters.add(filter);
      var stream = plugins.stream(filter);
      stream.get();
      streams.add(stream);
      plugins.settle();
    }

    assertThat(streams.get(0).client()).as("the third oldest").hasSize(1);
    assertThat(streams.get(1).client()).isEmpty();
    assertThat(streams.get(2).client()).isEmpty();
    assertThat(streams.get(3).client()).isEmpty();
    assertThat(plugins.counter("wasm.p0.drain_timeouts")).isOne();
    streams.forEach(TestStream::close);
    filters.forEach(WorkerFilterFactory::close);
    plugins.settle();
    assertThat(plugins.activeVms()).isZero();
  }

  @Test
  void aConfigurationThatComesBackIsNoLongerWaitedFor() {
    var filter = plugins.start(config("aaaa"));
    try (var stream = plugins.stream(filter)) {
      stream.get();
      filter.onRetired();
      plugins.advance(Duration.ofMinutes(9));
      filter.onWanted();

      plugins.advance(Duration.ofMinutes(9));

      assertThat(stream.client()).isEmpty();
    }
  }

  @Test
  void ticksStopAndCallsAreCancelledWithTheOldRootOnly() {
    var ticking =
        Wat.guest()
            .onConfigure("(drop " + Wat.call("proxy_set_tick_period_milliseconds", 100) + ")")
            .on("proxy_on_tick", "i:", "(call $report (local.get 0))")
            .wasm();
    var old =
        plugins.start(TestPlugins.config(ticking, p -> p.setConfiguration(TestPlugins.text("a"))));
    plugins.start(TestPlugins.config(ticking, p -> p.setConfiguration(TestPlugins.text("b"))));
    plugins.advance(Duration.ofMillis(120));
    assertThat(plugins.log())
        .containsExactlyInAnyOrder("INFO wasm log p0 r0 vm: 1", "INFO wasm log p0 r0 vm: 2");

    old.close();
    plugins.advance(Duration.ofMillis(120));

    assertThat(plugins.log()).hasSize(3).last().isEqualTo("INFO wasm log p0 r0 vm: 2");
  }

  @Test
  void aRefusedNewConfigurationLeavesTheOldOneAlone() {
    var picky =
        Wat.guest()
            .data(1000, "at least five bytes")
            .on(
                "proxy_on_configure",
                "ii:i",
                "(if (i32.lt_u (local.get 1) (i32.const 5)) (then (drop "
                    + Wat.call("proxy_log", 4, 1000, 19)
                    + "))) (i32.ge_u (local.get 1) (i32.const 5))")
            .wasm();
    var good =
        plugins.start(
            TestPlugins.config(picky, p -> p.setConfiguration(TestPlugins.text("12345"))));

    var refusals =
        plugins.refusals(
            TestPlugins.config(picky, p -> p.setConfiguration(TestPlugins.text("1234"))));

    assertThat(refusals)
        .singleElement()
        .asString()
        .contains("proxy_on_configure: plugin 'p0' returned false")
        .endsWith("; the guest said: at least five bytes");
    assertThat(plugins.log()).containsExactly("ERROR wasm log p0 r0 vm: at least five bytes");
    assertThat(plugins.status(good)).isEqualTo(200);
    assertThat(plugins.activeVms()).isOne();
  }
}
