package dev.outrider.proxywasm;

import dev.outrider.proxywasm.host.GuestCell;
import dev.outrider.proxywasm.host.GuestDeadline;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/// Stops guests that burn more CPU, or take far more time, than their call may.
///
/// One daemon thread looks at every guest thread's [GuestCell] every 1 to 3 ms while guests run, a
/// twentieth of the smallest budget, and when a budget is to end; it sleeps while no guest runs.
/// When a call began it does not know, since a clock in each call would cost more than all else:
/// its time counts from half way between the first look at it and the look before, which is right
/// to half a look, 1.5 ms at most. A guest whose thread was merely not scheduled is left alone: the
/// budget is CPU time of that thread; the wall budget, much larger, covers a host that blocks.
public final class GuestWatchdog {
  // A tick a millisecond costs 1 % of a core, whatever the guests do.
  private static final long SHORTEST_TICK_NANOS = 1_000_000;
  // Where a call begins is known to half of this.
  private static final long LONGEST_TICK_NANOS = 3_000_000;
  // For a guest that has next to nothing left but is not scheduled.
  private static final long SHORTEST_WAIT_NANOS = 500_000;
  private static final int TICKS_PER_BUDGET = 20;
  private static final int QUIET_TICKS_BEFORE_SLEEP = 20;
  // Entering a guest reads its wake slot without a fence. Should that read ever be stale, this is
  // how long the guest runs unwatched.
  private static final long LONGEST_SLEEP_NANOS = 1_000_000_000;

  private static final GuestWatchdog PROCESS = startDaemon();

  private final LongUnaryOperator cpuNanosOfThread;
  private final LongSupplier nanoTime;
  private volatile Watch[] watches = {};
  private volatile boolean asleep;
  // Used by the watchdog's thread only.
  private long lastLook;
  // A watchdog that a test drives has none.
  private volatile @Nullable Thread daemon;

  /// What the watchdog remembers of one cell; used by the watchdog's thread only.
  private static final class Watch {
    final GuestCell cell;
    long sequence;
    long cpuAtBegin;
    long wallAtBegin;
    long left = Long.MAX_VALUE;

    Watch(GuestCell cell) {
      this.cell = cell;
    }
  }

  GuestWatchdog(LongUnaryOperator cpuNanosOfThread, LongSupplier nanoTime) {
    this.cpuNanosOfThread = cpuNanosOfThread;
    this.nanoTime = nanoTime;
    lastLook = nanoTime.getAsLong();
  }

  /// The cell of the calling thread (a platform thread), registered at its first call. Keep it: the
  /// look-up is a `ThreadLocal`.
  public static GuestCell cell() {
    var cell = GuestDeadline.cell();
    return cell != null ? cell : PROCESS.register(Thread.currentThread());
  }

  /// Gives the calling thread a cell of this watchdog.
  synchronized GuestCell register(Thread thread) {
    if (thread.isVirtual()) {
      throw new IllegalStateException(
          "guests run on platform threads only: " + thread + " has no CPU time of its own");
    }
    var cell = new GuestCell(thread, this::wake);
    var watch = new Watch(cell);
    var alive = Arrays.stream(watches).filter(w -> w.cell.owner().isAlive()).toList();
    var next = alive.toArray(new Watch[alive.size() + 1]);
    next[alive.size()] = watch;
    watches = next;
    cell.askToBeWoken(asleep);
    GuestDeadline.bind(cell);
    return cell;
  }

  /// Looks at every cell once. True if any guest ran since the last look.
  boolean tick() {
    long now = nanoTime.getAsLong();
    // A watchdog that comes late knows no more of what it has missed.
    long unseen = Math.min(now - lastLook, LONGEST_TICK_NANOS) / 2;
    lastLook = now;
    boolean busy = false;
    for (var watch : watches) {
      busy |= look(watch, unseen);
    }
    return busy;
  }

  /// @param unseen what a call that was not there at the last look has probably used
  private boolean look(Watch watch, long unseen) {
    var cell = watch.cell;
    long sequence = cell.sequence();
    boolean changed = sequence != watch.sequence;
    watch.sequence = sequence;
    boolean running = (sequence & 1) != 0;
    watch.left = Long.MAX_VALUE;
    if (running && changed) {
      watch.cpuAtBegin = cpuNanosOfThread.applyAsLong(cell.owner().threadId()) - unseen;
      watch.wallAtBegin = lastLook - unseen;
      watch.left = Math.min(cell.cpuBudgetNanos(), cell.wallBudgetNanos()) - unseen;
    } else if (running) {
      judge(watch);
    }
    return cell.pardonEndedCall() || changed || running;
  }

  private void judge(Watch watch) {
    var cell = watch.cell;
    long cpuBudget = cell.cpuBudgetNanos();
    long wallBudget = cell.wallBudgetNanos();
    long cpu = cpuNanosOfThread.applyAsLong(cell.owner().threadId()) - watch.cpuAtBegin;
    long wall = nanoTime.getAsLong() - watch.wallAtBegin;
    if (cell.sequence() != watch.sequence) {
      return;
    }
    if (cpu >= cpuBudget) {
      cell.kill(watch.sequence, overrun("CPU time", cpu, cpuBudget));
    } else if (wall >= wallBudget) {
      cell.kill(watch.sequence, overrun("wall time", wall, wallBudget));
    } else {
      watch.left = Math.min(cpuBudget - cpu, wallBudget - wall);
    }
  }

  private static String overrun(String what, long used, long budget) {
    return "the guest used more %s than one call may: %d us of %d us"
        .formatted(what, used / 1_000, budget / 1_000);
  }

  private void wake() {
    LockSupport.unpark(daemon);
  }

  private static GuestWatchdog startDaemon() {
    var threads = ManagementFactory.getThreadMXBean();
    var watchdog = new GuestWatchdog(threads::getThreadCpuTime, System::nanoTime);
    watchdog.daemon =
        Thread.ofPlatform().daemon().name("guest-watchdog").start(watchdog::watchForever);
    return watchdog;
  }

  private void watchForever() {
    int quiet = 0;
    while (true) {
      quiet = tick() ? 0 : quiet + 1;
      if (quiet > QUIET_TICKS_BEFORE_SLEEP) {
        sleepUntilAGuestRuns();
        quiet = 0;
      } else {
        LockSupport.parkNanos(tickNanos());
      }
    }
  }

  /// Time until the next look.
  long tickNanos() {
    long smallest = Long.MAX_VALUE;
    long left = Long.MAX_VALUE;
    for (var watch : watches) {
      smallest = Math.min(smallest, watch.cell.cpuBudgetNanos());
      left = Math.min(left, watch.left);
    }
    long tick = Math.clamp(smallest / TICKS_PER_BUDGET, SHORTEST_TICK_NANOS, LONGEST_TICK_NANOS);
    return Math.min(tick, Math.max(left, SHORTEST_WAIT_NANOS));
  }

  private void sleepUntilAGuestRuns() {
    announceSleep(true);
    // A while later every entry that had not yet seen the request has become visible.
    LockSupport.parkNanos(SHORTEST_TICK_NANOS);
    if (!tick()) {
      LockSupport.parkNanos(LONGEST_SLEEP_NANOS);
      lastLook = nanoTime.getAsLong(); // the guest that wakes it has just begun
    }
    announceSleep(false);
  }

  private synchronized void announceSleep(boolean sleeping) {
    asleep = sleeping;
    for (var watch : watches) {
      watch.cell.askToBeWoken(sleeping);
    }
  }
}
