package dev.outrider.proxy.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.outrider.proxywasm.testkit.Wat;
import io.envoyproxy.envoy.extensions.wasm.v3.FailurePolicy;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What becomes of streams when a guest traps, as a running Envoy 1.40 does it.
class FailurePolicyTest {
  private final TestPlugins plugins = new TestPlugins();

  @AfterEach
  void close() {
    plugins.close();
  }

  private static Any fragile(FailurePolicy policy) {
    return TestPlugins.config(TestGuests.fragile(), plugin -> plugin.setFailurePolicy(policy));
  }

  @Test
  void answersTheTrappingRequestWithAnEmpty503AndNoFlag() {
    var filter = plugins.start(TestPlugins.config(TestGuests.fragile()));

    try (var stream = plugins.stream(filter)) {
      stream.get("x-trap", "1");

      assertThat(stream.asked()).containsExactly("reply 503 wasm_fail_stream");
      assertThat(stream.client()).containsExactly("head :status: 503 end");
      assertThat(stream.upstream()).isEmpty();
      assertThat(stream.info().flags().bits()).isZero();
    }
    assertThat(plugins.log())
        .singleElement()
        .asString()
        .startsWith("ERROR wasm plugin p0: Function: proxy_on_request_headers failed: ")
        .contains("unreachable");
  }

  @Test
  void closedRefusesEveryLaterStreamForEver() {
    for (var policy : new FailurePolicy[] {FailurePolicy.UNSPECIFIED, FailurePolicy.FAIL_CLOSED}) {
      var filter = plugins.start(fragile(policy));
      assertThat(plugins.status(filter)).isEqualTo(200);

      assertThat(plugins.status(filter, "x-trap", "1")).isEqualTo(503);
      assertThat(plugins.status(filter)).isEqualTo(503);
      plugins.loop.advance(Duration.ofMinutes(5));
      plugins.runBackground();

      assertThat(plugins.status(filter)).isEqualTo(503);
      filter.close();
    }
    assertThat(plugins.counter("wasm.p0.guest_failures")).isEqualTo(2);
  }

  @Test
  void openLetsLaterStreamsPassEvenThoseThatWouldTrap() {
    var filter = plugins.start(fragile(FailurePolicy.FAIL_OPEN));

    assertThat(plugins.status(filter, "x-trap", "1")).isEqualTo(503);

    assertThat(plugins.status(filter)).isEqualTo(200);
    assertThat(plugins.status(filter, "x-trap", "1")).isEqualTo(200);
    plugins.loop.advance(Duration.ofMinutes(5));
    assertThat(plugins.vmsStarted()).isOne();
  }

  @Test
  void theDeprecatedFailOpenLetsTheTrappingStreamPassToo() {
    @SuppressWarnings("deprecation") // the subject
    var config = TestPlugins.config(TestGuests.fragile(), plugin -> plugin.setFailOpen(true));
    var filter = plugins.start(config);

    try (var stream = plugins.stream(filter)) {
      stream.get("x-trap", "1").response(200, true);

      assertThat(stream.asked()).isEmpty();
      assertThat(stream.upstream()).singleElement().asString().contains("x-trap: 1");
      assertThat(stream.client()).containsExactly("head :status: 200 end");
    }
    assertThat(plugins.status(filter)).isEqualTo(200);
  }

  @Test
  void replacesTheUpstreamsResponseWhenTheGuestTrapsOnIt() {
    var filter = plugins.start(fragile(FailurePolicy.FAIL_OPEN));

    try (var stream = plugins.stream(filter)) {
      stream.get().response(200, false, "x-trap", "1");

      assertThat(stream.client()).containsExactly("head :status: 503 end");
    }
    assertThat(plugins.status(filter)).isEqualTo(200);
  }

  @Test
  void answersAStreamInFlightWhenItsResponseArrives() {
    var filter = plugins.start(fragile(FailurePolicy.FAIL_OPEN));
    try (var inFlight = plugins.stream(filter)) {
      inFlight.get();
      plugins.status(filter, "x-trap", "1");
      assertThat(inFlight.client()).isEmpty();

      inFlight.response(200, false);

      assertThat(inFlight.client()).containsExactly("head :status: 503 end");
    }
  }

  @Test
  void answersAStreamThatWaitsForTheGuestAtOnce() {
    var filter = plugins.start(fragile(FailurePolicy.FAIL_CLOSED));
    try (var held = plugins.stream(filter)) {
      held.get("x-hold", "1");
      assertThat(held.upstream()).isEmpty();

      plugins.status(filter, "x-trap", "1");

      assertThat(held.client()).containsExactly("head :status: 503 end");
    }
  }

  @Test
  void doesNotTellAFinishedStreamOfALaterFailure() {
    var filter = plugins.start(fragile(FailurePolicy.FAIL_CLOSED));
    var gone = plugins.stream(filter);
    gone.get("x-hold", "1");
    gone.close();

    plugins.status(filter, "x-trap", "1");

    assertThat(gone.client()).isEmpty();
  }

  @Test
  void aTrapAtTheEndOfAStreamFailsLaterOnesOnly() {
    var guest = Wat.guest().on("proxy_on_log", "i:", "(unreachable)").wasm();
    var filter = plugins.start(TestPlugins.config(guest));

    assertThat(plugins.status(filter)).isEqualTo(200);

    assertThat(plugins.status(filter)).isEqualTo(503);
  }

  @Test
  void reloadTakesAFreshVmOnceASecondHasPassedSinceTheLast() {
    var filter = plugins.start(fragile(FailurePolicy.FAIL_RELOAD));
    plugins.loop.advance(Duration.ofMillis(400));
    assertThat(plugins.status(filter, "x-trap", "1")).isEqualTo(503);
    assertThat(plugins.status(filter)).isEqualTo(503);

    plugins.loop.advance(Duration.ofMillis(500));
    assertThat(plugins.vmsStarted()).as("900 ms after the first load").isOne();
    plugins.loop.advance(Duration.ofMillis(150));
    assertThat(plugins.status(filter)).as("while it loads").isEqualTo(503);
    assertThat(plugins.vmsStarted()).as("1050 ms after the first load").isEqualTo(2);

    assertThat(plugins.status(filter)).isEqualTo(200);
    assertThat(plugins.counter("wasm.p0.vm_reload_success")).isOne();
    assertThat(plugins.counter("wasm.p0.vm_reload_backoff")).isEqualTo(2);
    assertThat(plugins.activeVms()).as("the failed VM is closed").isOne();
    assertThat(plugins.metrics.gauge("wasm.wasm_vm_count").value()).isOne();
  }

  @Test
  void aReloadThatFailsIsCountedAndLeavesThePluginFailed() {
    // A metric outlives its VM: what is configured first finds it at nought.
    var startsOnce =
        Wat.guest()
            .data(1000, "x")
            .onRequestHeaders("unreachable")
            .on(
                "proxy_on_configure",
                "ii:i",
                "(drop "
                    + Wat.call("proxy_define_metric", 0, 1000, 1, 100)
                    + ") (drop (call $proxy_get_metric (i32.load (i32.const 100)) (i32.const"
                    + " 104)))(drop (call $proxy_increment_metric (i32.load (i32.const 100))"
                    + " (i64.const 1)))(i64.eqz (i64.load (i32.const 104)))")
            .wasm();
    var filter =
        plugins.start(
            TestPlugins.config(
                startsOnce, plugin -> plugin.setFailurePolicy(FailurePolicy.FAIL_RELOAD)));
    plugins.loop.advance(Duration.ofSeconds(2));
    assertThat(plugins.status(filter)).as("traps").isEqualTo(503);

    plugins.loop.advance(Duration.ofMillis(20));
    plugins.runBackground();
    plugins.loop.runTasks();

    assertThat(plugins.counter("wasm.p0.vm_reload_failure")).isOne();
    assertThat(plugins.status(filter)).as("there is no VM").isEqualTo(503);
  }

  @Test
  void reloadsAtOnceWhenTheLastVmIsOlderThanASecond() {
    var filter = plugins.start(fragile(FailurePolicy.FAIL_RELOAD));
    plugins.loop.advance(Duration.ofSeconds(30));

    plugins.status(filter, "x-trap", "1");
    plugins.loop.advance(Duration.ofMillis(20));
    plugins.runBackground();
    plugins.loop.runTasks();

    assertThat(plugins.status(filter)).isEqualTo(200);
  }

  @Test
  void reloadsAtMostOnceASecondHoweverOftenTheGuestTraps() {
    var filter = plugins.start(fragile(FailurePolicy.FAIL_RELOAD));

    for (var millis = 0; millis < 10_000; millis += 50) {
      plugins.status(filter, "x-trap", "1");
      plugins.loop.advance(Duration.ofMillis(50));
      plugins.runBackground();
      plugins.loop.runTasks();
    }

    assertThat(plugins.vmsStarted()).isBetween(9L, 11L);
  }

  @Test
  void keepsTheConfiguredReloadInterval() {
    var filter =
        plugins.start(
            TestPlugins.config(
                TestGuests.fragile(),
                plugin -> {
                  plugin.setFailurePolicy(FailurePolicy.FAIL_RELOAD);
                  plugin
                      .getReloadConfigBuilder()
                      .getBackoffBuilder()
                      .getBaseIntervalBuilder()
                      .setSeconds(5);
                  return plugin;
                }));
    plugins.status(filter, "x-trap", "1");

    plugins.loop.advance(Duration.ofMillis(4900));
    assertThat(plugins.vmsStarted()).isOne();
    plugins.loop.advance(Duration.ofMillis(200));

    assertThat(plugins.vmsStarted()).isEqualTo(2);
  }

  @Test
  void aVmThatIsReadyAfterItsConfigurationHasGoneIsClosed() {
    var filter = plugins.start(fragile(FailurePolicy.FAIL_RELOAD));
    plugins.status(filter, "x-trap", "1");
    plugins.loop.advance(Duration.ofSeconds(2));

    filter.close();

    assertThat(plugins.vmsStarted()).isEqualTo(2);
    assertThat(plugins.activeVms()).isZero();
  }

  @Test
  void stopsALoopingGuestAtItsDeadlineAndTheWorkerLives() {
    var looping =
        Wat.guest()
            .data(1000, "x-trap")
            .onRequestHeaders(TestGuests.ifHeader(0, 1000, "(loop $for_ever (br $for_ever))"))
            .wasm();
    var filter = plugins.start(TestPlugins.config(looping));
    var other = plugins.start(TestPlugins.config(TestGuests.fragile()));

    assertThat(plugins.status(filter, "x-trap", "1")).isEqualTo(503);

    assertThat(plugins.status(other)).isEqualTo(200);
    assertThat(plugins.status(filter)).isEqualTo(503);
    assertThat(plugins.log()).first().asString().contains("stopped: ").contains("CPU time");
  }
}
