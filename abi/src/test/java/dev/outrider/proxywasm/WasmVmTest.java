package dev.outrider.proxywasm;

import static dev.outrider.proxywasm.testkit.Wat.call;
import static dev.outrider.proxywasm.testkit.Wat.report;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.outrider.proxywasm.host.VmLimits;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.ScriptedPlugin;
import dev.outrider.proxywasm.testkit.TestServices;
import dev.outrider.proxywasm.testkit.Wat;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WasmVmTest {
  private static String say(int number) {
    return "(call $report (i32.const %d))".formatted(number);
  }

  private static GuestFailure failureOf(Wat wat) {
    return failureOf(wat, VmSpec.DEFAULT);
  }

  private static GuestFailure failureOf(Wat wat, VmSpec spec) {
    var module = GuestHarness.load(wat.wasm());
    var plugin = new PluginSpec("p", "r", new byte[0], false);
    var thrown =
        catchThrowableOfType(
            GuestFailureException.class,
            () -> GuestHarness.start(module, spec, plugin, new TestServices()));
    return thrown.failure();
  }

  private static VmLimits limits(long memoryBytes, Duration startCpu) {
    return new VmLimits(memoryBytes, startCpu, Duration.ofSeconds(20), 1 << 20, 1 << 20, 1 << 20);
  }

  @Test
  void prefersInitializeToStartAndRunsMainAfterIt() {
    var wasm =
        Wat.guest()
            .on("_initialize", ":", say(1))
            .on("main", "ii:i", say(2) + "(i32.const 0)")
            .on("_start", ":", say(3));

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts()).containsExactly("1", "2");
    }
  }

  @Test
  void runsStartOfAModuleWithoutInitialize() {
    var wasm = Wat.guest().on("_start", ":", say(3)).on("main", "ii:i", say(2) + "(i32.const 0)");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      assertThat(guest.log().texts()).containsExactly("3");
    }
  }

  @Test
  void startsAPluginWithItsSizes() {
    var report0 = "(call $report (local.get 0)) (call $report (local.get 1))";
    var wasm =
        Wat.guest()
            .on("proxy_on_context_create", "ii:", report0)
            .on("proxy_on_vm_start", "ii:i", report0 + "(i32.const 1)")
            .on("proxy_on_configure", "ii:i", report0 + "(i32.const 1)");
    var spec = new VmSpec("", "vm".getBytes(UTF_8), Map.of(), VmLimits.DEFAULT);
    var plugin = new PluginSpec("p", "", "plugin".getBytes(UTF_8), false);

    try (var guest =
        GuestHarness.start(GuestHarness.load(wasm.wasm()), spec, plugin, new TestServices())) {
      assertThat(guest.log().texts())
          .as("create(1, 0), vm_start(1, 2), configure(1, 6)")
          .containsExactly("1", "0", "1", "2", "1", "6");
    }
  }

  @Test
  void refusesAPluginThatSaysNoAndKeepsTheVm() {
    var wasm =
        Wat.guest()
            .on("proxy_on_configure", "ii:i", "(i32.eqz (i32.eqz (local.get 1)))")
            .onRequestHeaders(say(9));
    var services = new TestServices();
    try (var vm =
        WasmVm.start(GuestHarness.load(wasm.wasm()), VmSpec.DEFAULT, services.asHostServices())) {
      var good =
          vm.newPlugin(
              new PluginSpec("good", "", "x".getBytes(UTF_8), false), new ScriptedPlugin());

      assertThatThrownBy(
              () ->
                  vm.newPlugin(new PluginSpec("bad", "", new byte[0], false), new ScriptedPlugin()))
          .isInstanceOf(GuestFailureException.class)
          .hasMessage("proxy_on_configure: plugin 'bad' returned false");
      assertThat(vm.failure()).isNull();
      assertThat(good.ended()).isFalse();
    }
  }

  @Test
  void refusesAPluginWhoseVmStartSaysNo() {
    var failure = failureOf(Wat.guest().on("proxy_on_vm_start", "ii:i", "(i32.const 0)"));

    assertThat(failure)
        .isEqualTo(new GuestFailure.StartRefused("proxy_on_vm_start", "plugin 'p' returned false"));
  }

  @Test
  void saysThatACommandIsNoFilter() {
    var failure = failureOf(Wat.guest().on("_start", ":", call("proc_exit", 0)));

    assertThat(failure).isInstanceOf(GuestFailure.StartRefused.class);
    assertThat(failure.message())
        .isEqualTo(
            "_start: the module was built as a command, its _start ended in proc_exit(0); build it"
                + " as a library: c-shared (Go) or a reactor (-mexec-model=reactor)");
  }

  @Test
  void namesTheTrapOfAStartFunction() {
    var failure = failureOf(Wat.guest().on("_initialize", ":", "(unreachable)"));

    assertThat(failure)
        .isInstanceOfSatisfying(
            GuestFailure.Trap.class, trap -> assertThat(trap.function()).isEqualTo("_initialize"));
    assertThat(failure.message()).startsWith("Function: _initialize failed: ");
  }

  @Test
  void missesTheAllocatorByName() {
    var failure = failureOf(Wat.guest().allocator(""));

    assertThat(failure).isInstanceOf(GuestFailure.MissingExport.class);
    assertThat(failure.message()).contains("malloc").contains("proxy_on_memory_allocate");
  }

  @Test
  void stopsALoopAtItsBudget() {
    var limits = limits(1 << 20, Duration.ofMillis(20));
    var spec = new VmSpec("", new byte[0], Map.of(), limits);

    var failure = failureOf(Wat.guest().on("_initialize", ":", "(loop $l (br $l))"), spec);

    assertThat(failure)
        .isInstanceOfSatisfying(
            GuestFailure.Timeout.class,
            timeout -> assertThat(timeout.function()).isEqualTo("_initialize"));
  }

  @Test
  void refusesToGrowBeyondTheLimit() {
    var limits = limits(4 << 16, Duration.ofSeconds(9));
    var wasm =
        Wat.guest()
            .onConfigure(
                "(call $report (memory.grow (i32.const 2)))"
                    + "(call $report (memory.grow (i32.const 1)))");

    try (var guest =
        GuestHarness.start(
            GuestHarness.load(wasm.wasm()),
            new VmSpec("", new byte[0], Map.of(), limits),
            new PluginSpec("p", "", new byte[0], false),
            new TestServices())) {
      assertThat(guest.log().texts())
          .as("2 pages before, then -1")
          .containsExactly("2", "4294967295");
      assertThat(guest.vm().memoryBytes()).isEqualTo(4 << 16);
    }
  }

  @Test
  void tellsEveryPluginOnceThatTheVmFailed() {
    var wasm =
        Wat.guest()
            .on("proxy_on_tick", "i:", "(unreachable)")
            .onConfigure("(drop " + call("proxy_set_tick_period_milliseconds", 1) + ")");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var other = new ScriptedPlugin();
      var _ = guest.vm().newPlugin(new PluginSpec("other", "", new byte[0], false), other);

      guest.tick();
      guest.plugin().onTick();
      guest.plugin().onQueueReady(1);

      assertThat(guest.host().failures()).isEqualTo(1);
      assertThat(other.failures()).isEqualTo(1);
      assertThat(guest.vm().failure()).isInstanceOf(GuestFailure.Trap.class);
      assertThat(guest.services().timers().armedMillis(guest.host()))
          .as("a dead plugin does not tick")
          .isZero();
    }
  }

  @Test
  void startsNothingInAFailedVm() {
    var wasm = Wat.guest().onRequestHeaders("(unreachable)");

    try (var guest = GuestHarness.start(wasm.wasm(), "")) {
      var _ = guest.request("GET", "/");

      assertThatThrownBy(
              () ->
                  guest
                      .vm()
                      .newPlugin(new PluginSpec("p", "", new byte[0], false), new ScriptedPlugin()))
          .isInstanceOf(GuestFailureException.class);
    }
  }

  @Test
  void givesBackAllThatItHeldWhenItCloses() {
    var wasm =
        Wat.guest()
            .data(1000, "key")
            .onConfigure(
                "(drop "
                    + call("proxy_set_tick_period_milliseconds", 1)
                    + ")"
                    + report("proxy_set_shared_data", 1000, 3, 1000, 3, 0));
    var guest = GuestHarness.start(wasm.wasm(), "");
    assertThat(guest.services().memory().heldBytes()).isEqualTo(2 << 16);
    assertThat(guest.sharedData("key")).isEqualTo("key");

    guest.close();
    guest.close();

    assertThat(guest.services().memory().heldBytes()).isZero();
    assertThat(guest.services().timers().armedMillis(guest.host())).isZero();
    assertThat(guest.sharedData("key")).as("gone with the last VM of its id").isNull();
  }

  @Test
  void keepsNothingOfAVmThatDidNotStart() {
    var services = new TestServices();
    var module = GuestHarness.load(Wat.guest().on("_initialize", ":", "(unreachable)").wasm());

    assertThatThrownBy(() -> GuestHarness.start(module, "", services))
        .isInstanceOf(GuestFailureException.class);

    assertThat(services.memory().heldBytes()).isZero();
  }

  @Test
  void movesToAnotherThreadOnce() throws InterruptedException {
    var module = GuestHarness.load(Wat.guest().onRequestHeaders(say(1)).wasm());
    var services = new TestServices();
    var started = new GuestHarness[1];
    var starter =
        Thread.ofPlatform().start(() -> started[0] = GuestHarness.start(module, "", services));
    starter.join();

    try (var guest = started[0]) {
      var _ = guest.request("GET", "/");

      assertThat(services.log().texts()).containsExactly("1");
    }
  }
}
