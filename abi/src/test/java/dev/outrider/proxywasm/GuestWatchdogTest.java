package dev.outrider.proxywasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.outrider.proxywasm.host.GuestCell;
import dev.outrider.proxywasm.host.GuestDeadline;
import dev.outrider.proxywasm.host.GuestDeadlineException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Drives a watchdog tick by tick, with clocks that only move when the test says so.
class GuestWatchdogTest {
  private static final long CPU_BUDGET = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long WALL_BUDGET = TimeUnit.SECONDS.toNanos(60);

  private long cpuNanos;
  private long wallNanos;
  private final GuestWatchdog watchdog = new GuestWatchdog(_ -> cpuNanos, () -> wallNanos);
  private GuestCell cell;

  @BeforeEach
  void bindACellToThisThread() {
    cell = watchdog.register(Thread.currentThread());
  }

  @AfterEach
  void unbind() {
    GuestDeadline.bind(null);
    assertThat(GuestDeadline.flag).as("flag left raised").isZero();
  }

  @Test
  void stopsAGuestThatHasBurntItsCpuBudget() {
    cell.enter(CPU_BUDGET, WALL_BUDGET);
    watchdog.tick();
    pass(CPU_BUDGET, CPU_BUDGET);

    watchdog.tick();

    assertThat(GuestDeadline.flag).as("flag").isEqualTo(1);
    assertThatThrownBy(GuestDeadline::check)
        .isInstanceOf(GuestDeadlineException.class)
        .hasMessageContaining("CPU time")
        .hasMessageContaining("10000 us");
    cell.exit();
  }

  @Test
  void countsACallFromHalfWayBetweenTheLooksAroundItsBegin() {
    watchdog.tick();
    cell.enter(CPU_BUDGET, WALL_BUDGET);
    pass(2_000_000, 2_000_000);
    watchdog.tick();

    pass(CPU_BUDGET - 1_000_001, CPU_BUDGET);
    watchdog.tick();
    assertThat(GuestDeadline.flag).as("flag before the budget is used").isZero();
    pass(1, 1);
    watchdog.tick();

    assertThat(GuestDeadline.flag).as("flag").isEqualTo(1);
    cell.exit();
  }

  @Test
  void countsNoMoreThanHalfALookWhenItComesLate() {
    watchdog.tick();
    cell.enter(CPU_BUDGET, WALL_BUDGET);
    pass(CPU_BUDGET, 100 * CPU_BUDGET);
    watchdog.tick();

    pass(CPU_BUDGET - 1_500_001, CPU_BUDGET);
    watchdog.tick();

    assertThat(GuestDeadline.flag).as("flag").isZero();
    cell.exit();
  }

  @Test
  void leavesAGuestAloneWhoseThreadWasNotScheduled() {
    cell.enter(CPU_BUDGET, WALL_BUDGET);
    watchdog.tick();
    pass(CPU_BUDGET - 1, 1_000 * CPU_BUDGET);

    watchdog.tick();

    assertThat(GuestDeadline.flag).as("flag after 10 s without the CPU").isZero();
    cell.exit();
  }

  @Test
  void stopsAGuestWhoseHostBlocks() {
    cell.enter(CPU_BUDGET, WALL_BUDGET);
    watchdog.tick();
    pass(0, WALL_BUDGET);

    watchdog.tick();

    assertThatThrownBy(GuestDeadline::check).hasMessageContaining("wall time");
    cell.exit();
  }

  @Test
  void keepsAKilledGuestKilledUntilItHasLeftTheStack() {
    killTheRunningGuest();

    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(GuestDeadline::check)
          .as("check %d", i)
          .isInstanceOf(GuestDeadlineException.class);
    }
    cell.exit();
  }

  @Test
  void letsTheNextGuestOfAThreadRun() {
    killTheRunningGuest();
    cell.exit();

    cell.enter(CPU_BUDGET, WALL_BUDGET);
    watchdog.tick();

    assertThatCode(GuestDeadline::check).doesNotThrowAnyException();
    cell.exit();
  }

  @Test
  void countsEachCallByItself() {
    for (int i = 0; i < 20; i++) {
      cell.enter(CPU_BUDGET, WALL_BUDGET);
      watchdog.tick();
      pass(CPU_BUDGET / 2, CPU_BUDGET / 2);
      watchdog.tick();
      cell.exit();
    }

    assertThat(GuestDeadline.flag).as("flag after 20 calls of half a budget").isZero();
  }

  @Test
  void countsANestedCallForTheOutermostBudget() {
    cell.enter(CPU_BUDGET, WALL_BUDGET);
    watchdog.tick();
    cell.enter(1, 1);
    pass(CPU_BUDGET / 2, CPU_BUDGET / 2);

    watchdog.tick();

    assertThat(GuestDeadline.flag).as("flag").isZero();
    cell.exit();
    assertThat(cell.sequence() & 1).as("still inside after the inner call").isEqualTo(1);
    cell.exit();
  }

  @Test
  void takesBackAKillThatCameTooLate() {
    cell.enter(CPU_BUDGET, WALL_BUDGET);
    long over = cell.sequence();
    cell.exit();

    cell.kill(over, "late");

    assertThat(GuestDeadline.flag).as("flag").isZero();
  }

  @Test
  void doesNotStopOtherThreads() throws InterruptedException {
    killTheRunningGuest();

    var other =
        Thread.ofPlatform()
            .start(
                () -> {
                  var mine = watchdog.register(Thread.currentThread());
                  mine.enter(CPU_BUDGET, WALL_BUDGET);
                  GuestDeadline.check();
                  mine.exit();
                  othersCheckReturned = true;
                });
    other.join();

    assertThat(othersCheckReturned).as("check of a healthy thread returned").isTrue();
    cell.exit();
  }

  private volatile boolean othersCheckReturned;

  @Test
  void isQuietWhileNoGuestRuns() {
    watchdog.tick();

    assertThat(watchdog.tick()).as("busy").isFalse();
  }

  @Test
  void looksOftenEnoughForTheSmallestBudget() {
    cell.enter(TimeUnit.MILLISECONDS.toNanos(40), WALL_BUDGET);
    cell.exit();
    assertThat(watchdog.tickNanos()).as("40 ms").isEqualTo(2_000_000);

    cell.enter(TimeUnit.SECONDS.toNanos(10), WALL_BUDGET);
    cell.exit();
    assertThat(watchdog.tickNanos()).as("10 s").isEqualTo(3_000_000);

    cell.enter(1, WALL_BUDGET);
    cell.exit();
    assertThat(watchdog.tickNanos()).as("next to nothing").isEqualTo(1_000_000);
  }

  @Test
  void looksWhenABudgetIsToEnd() {
    cell.enter(TimeUnit.MILLISECONDS.toNanos(200), WALL_BUDGET);
    watchdog.tick();
    assertThat(watchdog.tickNanos()).as("at the beginning").isEqualTo(3_000_000);
    pass(199_200_000, 199_200_000);
    watchdog.tick();
    assertThat(watchdog.tickNanos()).as("0.8 ms before the end").isEqualTo(800_000);
    pass(799_000, 799_000);
    watchdog.tick();
    assertThat(watchdog.tickNanos()).as("for one that is not scheduled").isEqualTo(500_000);

    cell.exit();
    watchdog.tick();

    assertThat(watchdog.tickNanos()).as("after it").isEqualTo(3_000_000);
  }

  @Test
  void wantsPlatformThreads() {
    assertThatThrownBy(() -> watchdog.register(Thread.ofVirtual().unstarted(() -> {})))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("platform threads");
  }

  private void killTheRunningGuest() {
    cell.enter(CPU_BUDGET, WALL_BUDGET);
    watchdog.tick();
    pass(CPU_BUDGET, CPU_BUDGET);
    watchdog.tick();
  }

  private void pass(long cpu, long wall) {
    cpuNanos += cpu;
    wallNanos += wall;
  }
}
