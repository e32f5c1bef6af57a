package dev.outrider.proxywasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.dylibso.chicory.wabt.Wat2Wasm;
import dev.outrider.proxywasm.engine.CompileOptions;
import dev.outrider.proxywasm.engine.CompiledModule;
import dev.outrider.proxywasm.engine.GuestTrapException;
import dev.outrider.proxywasm.engine.HostBinding;
import dev.outrider.proxywasm.engine.InstanceLimits;
import dev.outrider.proxywasm.engine.WasmInstance;
import dev.outrider.proxywasm.host.MemoryPool;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Real guests under the process's real watchdog.
@Timeout(60)
class DeadlineTest {
  private static final Duration BUDGET = Duration.ofMillis(50);

  /// How exactly the watchdog knows when a call began.
  private static final Duration HALF_A_LOOK = Duration.ofNanos(1_500_000);

  private static final Duration WALL = Duration.ofSeconds(30);

  private static final String LOOPS =
      """
      (module
        (import "env" "host" (func $host))
        (func (export "spin") (loop $l (br $l)))
        (func $again (param i32) (call $host))
        (func (export "spin_calling") (loop $l (call $again (i32.const 1)) (br $l)))
        (func (export "answer") (result i32) (i32.const 42)))
      """;

  private final CompiledModule module =
      CompiledModule.compile("loops", Wat2Wasm.parse(LOOPS), CompileOptions.DEFAULT);

  @Test
  void stopsALoopNearItsCpuBudgetAndTheWorkerGoesOn() {
    var instance = start(() -> {});

    long used = cpuUsedBy(() -> assertKilled(instance, "spin"));

    assertThat(Duration.ofNanos(used))
        .as("CPU time of a call with 50 ms")
        .isBetween(BUDGET.minus(HALF_A_LOOK), BUDGET.multipliedBy(4));
    assertThat(call(start(() -> {}), "answer")).as("next guest on this thread").isEqualTo(42);
  }

  @Test
  void rethrowsFromEveryLaterCallOfAKilledInstance() {
    var instance = start(() -> {});
    var kill = assertKilled(instance, "spin");

    var again = catchThrowableOfType(GuestTrapException.class, () -> call(instance, "answer"));

    assertThat(again).as("failure of the next call").isSameAs(kill);
  }

  @Test
  void stopsALoopThatSpendsItsTimeInCalls() {
    var calls = new AtomicInteger();
    var instance = start(calls::incrementAndGet);

    assertKilled(instance, "spin_calling");

    assertThat(calls.get()).as("host calls before the end").isPositive();
  }

  @Test
  void stopsTwoThreadsIndependently() throws InterruptedException {
    var killed = new AtomicInteger();
    Runnable spin =
        () -> {
          assertKilled(start(() -> {}), "spin");
          killed.incrementAndGet();
        };
    var one = Thread.ofPlatform().start(spin);
    var two = Thread.ofPlatform().start(spin);

    one.join();
    two.join();

    assertThat(killed.get()).as("guests killed").isEqualTo(2);
  }

  private WasmInstance start(Runnable host) {
    var bindings =
        List.of(
            new HostBinding(
                module.imports().getFirst(),
                (_, _) -> {
                  host.run();
                  return 0;
                }));
    return module.instantiate(
        bindings, new InstanceLimits(1, new MemoryPool(1 << 20, 0, Runnable::run)));
  }

  private static GuestTrapException assertKilled(WasmInstance instance, String export) {
    var trap = catchThrowableOfType(GuestTrapException.class, () -> call(instance, export));
    assertThat(trap).as("end of %s", export).isNotNull();
    assertThat(trap.kind()).as("kind").isEqualTo(GuestTrapException.Kind.DEADLINE);
    assertThat(trap.getMessage()).as("message").contains("CPU time");
    return trap;
  }

  private static long call(WasmInstance instance, String export) {
    var cell = GuestWatchdog.cell();
    cell.enter(BUDGET.toNanos(), WALL.toNanos());
    try {
      return instance.call(instance.module().exportIndex(export));
    } finally {
      cell.exit();
    }
  }

  private static long cpuUsedBy(Runnable work) {
    var threads = ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadCpuTime();
    work.run();
    return threads.getCurrentThreadCpuTime() - before;
  }
}
