package dev.outrider.proxy.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.UInt64Value;
import dev.outrider.proto.wasm.v1.GuestConfig;
import dev.outrider.proto.wasm.v1.GuestLimits;
import dev.outrider.proxywasm.testkit.Wat;
import io.envoyproxy.envoy.extensions.wasm.v3.FailurePolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a guest's limits do to streams, statistics and the log.
class GuestLimitsTest {
  private final TestPlugins plugins = new TestPlugins();

  @AfterEach
  void close() {
    plugins.close();
  }

  private static Any config(byte[] wasm, FailurePolicy policy, GuestLimits limits) {
    var configuration = Any.pack(GuestConfig.newBuilder().setLimits(limits).build());
    return TestPlugins.config(
        wasm, plugin -> plugin.setFailurePolicy(policy).setConfiguration(configuration));
  }

  private static GuestLimits.Builder pause(int seconds) {
    return GuestLimits.newBuilder().setPause(Duration.newBuilder().setSeconds(seconds));
  }

  private void pass(int seconds) {
    plugins.loop.advance(java.time.Duration.ofSeconds(seconds));
  }

  @Test
  void aStreamThatIsHeldForTooLongEndsByTheFailurePolicy() {
    var closed =
        plugins.start(config(TestGuests.fragile(), FailurePolicy.FAIL_CLOSED, pause(10).build()));
    var open =
        plugins.start(config(TestGuests.fragile(), FailurePolicy.FAIL_OPEN, pause(10).build()));

    try (var refused = plugins.stream(closed);
        var passed = plugins.stream(open)) {
      refused.get("x-hold", "1");
      passed.get("x-hold", "1");
      pass(9);
      assertThat(refused.client()).isEmpty();
      assertThat(passed.upstream()).isEmpty();

      pass(2);

      assertThat(refused.client()).containsExactly("head :status: 503 end");
      assertThat(passed.upstream()).singleElement().asString().contains("x-hold: 1");
    }
    assertThat(plugins.counter("wasm.p0.pause_timeouts")).isEqualTo(2);
    assertThat(plugins.counter("wasm.p0.guest_failures")).as("the VM lives").isZero();
    assertThat(plugins.status(closed)).isEqualTo(200);
    assertThat(plugins.log())
        .contains(
            "WARN wasm plugin p0: held 1 streams for more than 10.0 s without progress, they end by"
                + " its failure policy (limit pause)");
  }

  @Test
  void aStreamThatMakesProgressMayBeHeldOn() {
    var buffering =
        Wat.guest().on("proxy_on_request_body", "iii:i", "(i32.eqz (local.get 2))").wasm();
    var filter = plugins.start(config(buffering, FailurePolicy.FAIL_CLOSED, pause(10).build()));

    try (var stream = plugins.stream(filter)) {
      stream.request(false);
      for (int i = 0; i < 5; i++) {
        stream.requestBody("chunk", false);
        pass(9);
      }
      stream.requestBody("end", true);
      pass(60);

      assertThat(stream.client()).isEmpty();
      assertThat(String.join("", stream.upstream())).contains("chunk").endsWith("end");
    }
    assertThat(plugins.counter("wasm.p0.pause_timeouts")).isZero();
  }

  @Test
  void aGuestThatHasRepliedHoldsNothing() {
    var replying =
        Wat.guest()
            .onRequestHeaders(
                "(drop "
                    + Wat.call("proxy_send_local_response", 403, 0, 0, 0, 0, 0, 0, 0xffffffffL)
                    + ")")
            .wasm();
    var filter = plugins.start(config(replying, FailurePolicy.FAIL_CLOSED, pause(10).build()));

    try (var stream = plugins.stream(filter)) {
      stream.get();
      pass(60);

      assertThat(stream.asked()).containsExactly("reply 403 ");
    }
    assertThat(plugins.counter("wasm.p0.pause_timeouts")).isZero();
  }

  @Test
  void aLoopIsStoppedAtTheDeadlineOfItsPlugin() {
    var looping =
        Wat.guest()
            .data(1000, "x-trap")
            .onRequestHeaders(TestGuests.ifHeader(0, 1000, "(loop $for_ever (br $for_ever))"))
            .wasm();
    var limits = GuestLimits.newBuilder().setRequestCpu(Duration.newBuilder().setNanos(60_000_000));
    var filter = plugins.start(config(looping, FailurePolicy.FAIL_OPEN, limits.build()));

    assertThat(plugins.status(filter, "x-trap", "1")).isEqualTo(503);

    assertThat(plugins.status(filter)).isEqualTo(200);
    assertThat(plugins.counter("wasm.p0.guest_failures")).isOne();
    assertThat(plugins.counter("wasm.p0.guest_timeouts")).isOne();
    assertThat(plugins.log())
        .singleElement()
        .asString()
        .startsWith("ERROR wasm plugin p0: Function: proxy_on_request_headers stopped: ")
        .contains("us of 60000 us (in ");
  }

  @Test
  void aRecursionThatNeverEndsIsCountedAsMemory() {
    var recursing =
        Wat.guest()
            .with(
                "(func $down (param i32) (result i32) (i32.add (i32.const 1) (call $down"
                    + " (local.get 0))))")
            .onRequestHeaders("(drop (call $down (i32.const 1)))")
            .wasm();
    var filter = plugins.start(TestPlugins.config(recursing));

    assertThat(plugins.status(filter)).isEqualTo(503);

    assertThat(plugins.counter("wasm.p0.guest_out_of_memory")).isOne();
    assertThat(plugins.log()).singleElement().asString().contains("call stack exhausted (in ");
  }

  @Test
  void memoryStopsGrowingAtTheLimitOfItsPlugin() {
    var growing =
        Wat.guest()
            .onRequestHeaders(
                "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))"
                    + "(call $report (memory.size))")
            .wasm();
    var limits = GuestLimits.newBuilder().setMemoryBytes(UInt64Value.of(5 << 16));
    var filter = plugins.start(config(growing, FailurePolicy.FAIL_CLOSED, limits.build()));

    assertThat(plugins.status(filter)).isEqualTo(200);

    assertThat(plugins.log()).containsExactly("INFO wasm log p0 r0 vm: 5");
  }

  @Test
  void logLinesBeyondTheLimitAreCounted() {
    var chatty =
        Wat.guest()
            .onRequestHeaders(
                "(call $report (i32.const 1)) (call $report (i32.const 2)) (call $report"
                    + " (i32.const 3))")
            .wasm();
    var limits = GuestLimits.newBuilder().setLogLinesPerSecond(UInt32Value.of(2));
    var filter = plugins.start(config(chatty, FailurePolicy.FAIL_CLOSED, limits.build()));

    assertThat(plugins.status(filter)).isEqualTo(200);
    pass(1);
    assertThat(plugins.status(filter)).isEqualTo(200);

    assertThat(plugins.log())
        .containsExactly(
            "INFO wasm log p0 r0 vm: 1",
            "INFO wasm log p0 r0 vm: 2",
            "WARN wasm log p0 r0 vm: 1 log lines dropped: more than 2 a second (limit"
                + " log_lines_per_second)",
            "INFO wasm log p0 r0 vm: 1",
            "INFO wasm log p0 r0 vm: 2");
    assertThat(plugins.counter("wasm.p0.log_lines_refused")).isEqualTo(2);
  }
}
