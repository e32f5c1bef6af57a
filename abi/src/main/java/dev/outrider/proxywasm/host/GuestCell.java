package dev.outrider.proxywasm.host;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// What one guest thread tells the watchdog: whether a guest is running, and what it may use.
///
/// The owning thread calls [#enter] and [#exit] around each guest call: two stores and a load, no
/// clock. The sequence is odd while a guest runs and never repeats, so whoever sees the same odd
/// number twice sees the same call. The watchdog's thread calls the rest.
///
/// A kill belongs to one sequence number. It holds until that call has exited, whatever the guest
/// catches; a kill that came too late hits nobody.
public final class GuestCell {
  private static final VarHandle SLOTS = MethodHandles.arrayElementVarHandle(long[].class);

  // The slots stand in the middle of an array of three cache lines: no other cell shares them.
  private static final int SEQUENCE = 16;
  private static final int CPU_BUDGET = 17;
  private static final int WALL_BUDGET = 18;
  private static final int KILLED = 19;
  private static final int WAKE = 20;

  private final long[] slots = new long[40];
  private final Thread owner;
  private final Runnable wakeWatchdog;
  private int depth;
  private volatile String verdict = "";

  /// `wakeWatchdog` runs on the owner when it enters a guest while the watchdog sleeps
  /// ([#askToBeWoken]).
  public GuestCell(Thread owner, Runnable wakeWatchdog) {
    this.owner = owner;
    this.wakeWatchdog = wakeWatchdog;
  }

  /// The thread whose guests it watches.
  public Thread owner() {
    return owner;
  }

  /// Before the owner calls a guest. Nested calls count for the outermost one's budget.
  public void enter(long cpuBudgetNanos, long wallBudgetNanos) {
    long sequence = slots[SEQUENCE];
    if ((sequence & 1) != 0) {
      depth++;
      return;
    }
    slots[CPU_BUDGET] = cpuBudgetNanos;
    slots[WALL_BUDGET] = wallBudgetNanos;
    SLOTS.setRelease(slots, SEQUENCE, sequence + 1);
    if ((long) SLOTS.getOpaque(slots, WAKE) != 0) {
      wakeWatchdog.run();
    }
  }

  /// After the owner's guest call, however it ended.
  public void exit() {
    if (depth > 0) {
      depth--;
      return;
    }
    SLOTS.setRelease(slots, SEQUENCE, slots[SEQUENCE] + 1);
    if ((long) SLOTS.getOpaque(slots, KILLED) != 0) {
      pardonEndedCall();
    }
  }

  /// Odd while a guest runs.
  public long sequence() {
    return (long) SLOTS.getAcquire(slots, SEQUENCE);
  }

  /// Of the running call; meaningful only if [#sequence] is the same before and after.
  public long cpuBudgetNanos() {
    return (long) SLOTS.getAcquire(slots, CPU_BUDGET);
  }

  /// Of the running call; meaningful only if [#sequence] is the same before and after.
  public long wallBudgetNanos() {
    return (long) SLOTS.getAcquire(slots, WALL_BUDGET);
  }

  /// Ends the call with this sequence number at its next check, unless it has ended already.
  public void kill(long sequence, String why) {
    verdict = why;
    if (SLOTS.compareAndSet(slots, KILLED, 0L, sequence)) {
      GuestDeadline.raise();
      pardonEndedCall();
    }
  }

  /// Takes back a kill whose call has ended. True while a kill is still pending.
  public boolean pardonEndedCall() {
    long killed = (long) SLOTS.getVolatile(slots, KILLED);
    if (killed != 0
        && killed != (long) SLOTS.getVolatile(slots, SEQUENCE)
        && SLOTS.compareAndSet(slots, KILLED, killed, 0L)) {
      GuestDeadline.lower();
      return false;
    }
    return killed != 0;
  }

  /// Whether the next [#enter] shall wake the watchdog.
  public void askToBeWoken(boolean asleep) {
    SLOTS.setVolatile(slots, WAKE, asleep ? 1L : 0L);
  }

  void check() {
    long killed = (long) SLOTS.getVolatile(slots, KILLED);
    if (killed != 0 && killed == slots[SEQUENCE]) {
      throw new GuestDeadlineException(verdict);
    }
  }
}
